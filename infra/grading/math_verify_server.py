"""Compares answers with Math-Verify, one JSON line in, one JSON line out, until its input ends.

In:   {"id": 1, "gold": "\\frac{1}{2}", "target": "0.5"}      gold is the reference: Math-Verify is not symmetric
Out:  {"ready": true, "version": "0.9.0"}                      once, when the libraries are loaded
      {"id": 1, "verdict": "equal" | "different" | "undecided", "note": "why undecided"}

"different" means that both answers were understood, are things of one kind, and compare unequal. Everything else is "undecided".
Only the LaTeX reader is used: Math-Verify's plain-expression reader ends in Python's eval, and these texts are written by models.

Three limits guard a request: an interval timer raises in Python code after TIMEOUT_MS; a watchdog in C ends the process after WATCHDOG_MS,
even inside one long big-integer operation and even when the parent has died; and the address space is bounded by MEMORY_BYTES.
"""

import faulthandler
import json
import logging
import os
import signal
import sys

TIMEOUT_MS = int(os.environ.get("COTMILL_MATH_VERIFY_TIMEOUT_MS", "2000"))
WATCHDOG_MS = int(os.environ.get("COTMILL_MATH_VERIFY_WATCHDOG_MS", str(TIMEOUT_MS + 3000)))
MEMORY_BYTES = 1 << 30
# The timer fires again and again, so that a handler inside a library that swallows the first one does not end the limit.
TIMER_REPEAT_SECONDS = 0.25


def bound_memory():
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        pass  # not every platform has the limit; the time limits still hold


def main():
    # Libraries may print; the protocol owns the real standard output.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr
    logging.disable(logging.CRITICAL)
    bound_memory()

    import importlib.metadata

    from latex2sympy2_extended import NormalizationConfig
    from math_verify import parse, verify
    from math_verify.errors import TimeoutException
    from math_verify.parser import LatexExtractionConfig
    from sympy import MatrixBase, Set, Tuple
    from sympy.core.relational import Relational
    from sympy.logic.boolalg import Boolean

    def on_timer(_signal, _frame):
        raise TimeoutException("time limit")

    signal.signal(signal.SIGALRM, on_timer)

    # Units are compared by the caller. The library's own unit rule removes letters that may be variables: it takes 4t for 4.
    plain = NormalizationConfig(basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none")
    latex = [LatexExtractionConfig(normalization_config=plain)]

    def read(text):
        # With no limit of its own, the library leaves the timer to us: one limit for the whole request, in milliseconds.
        found = parse("$" + text + "$", latex, parsing_timeout=None)
        return None if not found or isinstance(found[0], str) else found[0]

    def kind(value):
        for name, types in (("matrix", MatrixBase), ("set", Set), ("tuple", Tuple), ("relation", (Relational, Boolean))):
            if isinstance(value, types):
                return name
        return "expression"

    def compare(gold_text, target_text):
        gold, target = read(gold_text), read(target_text)
        if gold is None:
            return "undecided", "Math-Verify could not read the reference answer"
        if target is None:
            return "undecided", "Math-Verify could not read the answer"
        if verify(gold, target, allow_set_relation_comp=True, timeout_seconds=None, raise_on_error=True):
            return "equal", None
        kinds = kind(gold), kind(target)
        if kinds[0] != kinds[1]:
            return "undecided", f"things of two kinds: reference {kinds[0]}, answer {kinds[1]}"
        return "different", None

    def answer(request):
        seconds = TIMEOUT_MS / 1000
        faulthandler.dump_traceback_later(WATCHDOG_MS / 1000, exit=True, file=sys.stderr)
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds, TIMER_REPEAT_SECONDS)
                return compare(request["gold"], request["target"])
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except TimeoutException:
            return "undecided", f"Math-Verify took longer than {TIMEOUT_MS} ms"
        except MemoryError:
            return "undecided", "Math-Verify ran out of memory"
        except Exception as error:  # odd input ends in any exception at all
            return "undecided", f"Math-Verify failed: {type(error).__name__}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()

    def write(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    write({"ready": True, "version": importlib.metadata.version("math-verify")})
    for line in sys.stdin:
        request = json.loads(line)
        verdict, note = answer(request)
        write({"id": request["id"], "verdict": verdict, **({"note": note} if note else {})})
        if note == "Math-Verify ran out of memory":
            return  # start afresh: what is left of this process's memory is not worth trusting


if __name__ == "__main__":
    main()
