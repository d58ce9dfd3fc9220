"""Serve a GGUF model of this folder over the OpenAI-compatible API, on one thread.

Prints one JSON line on stdout as soon as requests are accepted; everything else goes to stderr.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import xllamacpp

# Spinning threads on a busy machine cost far more than a second thread gains for a model of this size.
THREADS = 1
PARENT_CHECK_SECONDS = 0.5
QUIET = 1


def divert_stdout() -> int:
    """Send what native code prints on stdout to stderr; returns the descriptor of the real stdout."""
    real_stdout = os.dup(1)
    os.dup2(2, 1)
    return real_stdout


def server_parameters(arguments: argparse.Namespace) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(arguments.model)
    parameters.model_alias = {arguments.alias}
    parameters.hostnames = [arguments.host]
    parameters.port = arguments.port
    parameters.n_parallel = arguments.parallel
    parameters.n_ctx = arguments.context
    parameters.cpuparams.n_threads = THREADS
    parameters.cpuparams_batch.n_threads = THREADS
    parameters.endpoint_metrics = True
    parameters.verbosity = QUIET
    return parameters


def parent_watch(parent: int | None) -> Callable[[], bool]:
    """A test whether the process that this server belongs to is still there."""
    if parent is None:
        return lambda: True
    if os.getppid() == parent:
        # A dead parent that nobody has reaped still has a process entry, but it no longer is our parent.
        return lambda: os.getppid() == parent

    def exists() -> bool:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    return exists


def wait_for_end(parent_is_alive: Callable[[], bool]) -> None:
    """Return on SIGTERM or SIGINT, or when the parent is gone."""
    endings = {signal.SIGTERM, signal.SIGINT}
    while parent_is_alive():
        if signal.sigtimedwait(endings, PARENT_CHECK_SECONDS) is not None:
            return


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path, help="GGUF file")
    parser.add_argument("--port", required=True, type=int, help="0 picks a free port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--alias", default="mini", help="the model name in answers")
    parser.add_argument("--parallel", type=int, default=8, help="requests served at once; others wait")
    parser.add_argument("--context", type=int, default=8192, help="tokens, shared evenly by the parallel requests")
    parser.add_argument("--parent-pid", type=int, help="exit when this process is gone")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if not arguments.model.is_file():
        sys.exit(f"no model file at {arguments.model}")
    # Blocked before any thread exists, so that only wait_for_end receives these signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    real_stdout = divert_stdout()
    try:
        server = xllamacpp.Server(server_parameters(arguments))
    except RuntimeError as error:
        sys.exit(f"cannot serve {arguments.model} on {arguments.host}:{arguments.port}: {error}")
    port = urlsplit(server.listening_address).port
    os.write(real_stdout, (json.dumps({"ready": True, "port": port}) + "\n").encode())
    wait_for_end(parent_watch(arguments.parent_pid))
    # Stopping the server would wait for requests in flight, for ever in some cases; there is nothing to save.
    os._exit(0)


if __name__ == "__main__":
    main()
