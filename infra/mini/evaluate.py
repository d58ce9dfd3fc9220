"""Measure every role on held-out problems through a running server."""

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import chains
import roles
from client import JUDGE_TEMPERATURE, WRITER_TEMPERATURE, Answer, Client, Request, schema_format
from difficulty_loop import measure_loop
from world import MOST_STEPS, Problem, draw_problem

SEED = 99
SAMPLES_PER_PROBLEM = 4
SCORE = {"score": {"type": "integer", "minimum": 0, "maximum": 9}}
SCHEMAS = {
    "validate": schema_format(
        "validation",
        {
            "rationale": {"type": "string"},
            "reasoning_valid": {"type": "boolean"},
            "solution_valid": {"type": "boolean"},
        },
    ),
    "verbosity": schema_format("verbosity", SCORE),
    "cognitive": schema_format("cognitive_difficulty", SCORE),
    "critic": schema_format("difficulty", {"difficulty": {"type": "string", "enum": ["easy", "medium", "hard"]}}),
}


def share(outcomes: Iterable[bool]) -> float:
    outcomes = list(outcomes)
    return round(sum(outcomes) / max(1, len(outcomes)), 3)


def held_out_samples(role: str, count: int) -> list[roles.Sample]:
    rng = random.Random(f"{SEED} {role}")
    return [roles.MAKERS[role](rng, roles.Scope(held_out=True)) for _ in range(count)]


def held_out_problems(count: int) -> list[Problem]:
    rng = random.Random(SEED)
    return [draw_problem(rng, True, 1 + index % MOST_STEPS) for index in range(count)]


def ask_samples(client: Client, samples: list[roles.Sample], temperature: float, extra: dict) -> list[Answer]:
    return client.ask_all([Request(sample.prompt, temperature, extra=extra) for sample in samples])


def solve_requests(problems: list[Problem], temperature: float, tries: int) -> list[Request]:
    return [
        Request([{"role": "user", "content": problem.text}], temperature, seed)
        for problem in problems
        for seed in range(1, tries + 1)
    ]


def measure_solving(client: Client, count: int, temperature: float, tries: int) -> dict:
    problems = held_out_problems(count)
    answers = client.ask_all(solve_requests(problems, temperature, tries))
    asked = [problem for problem in problems for _ in range(tries)]
    right = [answer.number == problem.answer for answer, problem in zip(answers, asked, strict=True)]
    by_steps = {
        steps: share(ok for ok, problem in zip(right, asked, strict=True) if len(problem.steps) == steps)
        for steps in range(1, MOST_STEPS + 1)
    }
    scores = Counter(chains.verbosity(answer.thought) for answer in answers)
    return {
        "pass_at_1": share(right),
        f"pass_at_{tries}": share(any(right[start : start + tries]) for start in range(0, len(right), tries)),
        "by_steps": by_steps,
        "mean_words": round(sum(chains.word_count(answer.thought) for answer in answers) / len(answers), 1),
        "verbosity_scores": dict(sorted(scores.items())),
    }


def measure_styles(client: Client, count: int) -> dict:
    """Whether each thinking system message changes the length of the chain, and what it costs in accuracy."""
    problems = held_out_problems(count)
    result = {}
    for system in roles.THINK_SYSTEMS:
        prompts = [roles.conversation(problem.text, "", system)[:-1] for problem in problems]
        answers = client.ask_all([Request(prompt, WRITER_TEMPERATURE, 1) for prompt in prompts])
        result[system] = {
            "pass_at_1": share(a.number == p.answer for a, p in zip(answers, problems, strict=True)),
            "mean_words": round(sum(chains.word_count(answer.thought) for answer in answers) / len(answers), 1),
        }
    return result


def measure_validation(client: Client, count: int, extra: dict) -> dict:
    samples = held_out_samples("validate", count)
    answers = ask_samples(client, samples, JUDGE_TEMPERATURE, extra)
    pairs = [(json.loads(sample.answer), answer.judgement) for sample, answer in zip(samples, answers, strict=True)]
    by_kind: dict[str, list[bool]] = {}
    for sample, (expected, given) in zip(samples, pairs, strict=True):
        by_kind.setdefault(sample.detail, []).append(
            expected["reasoning_valid"] == given.get("reasoning_valid")
        )
    result: dict = {"well_formed": share(bool(given) for _, given in pairs)}
    for key in ("reasoning_valid", "solution_valid"):
        result[key] = share(expected[key] == given.get(key) for expected, given in pairs)
        result[f"{key}_of_valid"] = share(bool(given.get(key)) for expected, given in pairs if expected[key])
        result[f"{key}_of_invalid"] = share(given.get(key) is False for expected, given in pairs if not expected[key])
    result["reasoning_by_mistake"] = {kind: share(outcomes) for kind, outcomes in sorted(by_kind.items())}
    return result


def measure_validation_of_real_chains(client: Client, count: int, extra: dict) -> dict:
    """The judge on the model's own chains: what it keeps and how right that is."""
    problems = held_out_problems(count)
    solved = client.ask_all(solve_requests(problems, WRITER_TEMPERATURE, 1))
    pairs = zip(problems, solved, strict=True)
    complete = [(problem, answer) for problem, answer in pairs if answer.number is not None]
    prompts = [
        roles.conversation(
            roles.validation_prompt(problem, answer.thought, answer.number), "", roles.VALIDATE_SYSTEM
        )[:-1]
        for problem, answer in complete
    ]
    verdicts = client.ask_all([Request(prompt, JUDGE_TEMPERATURE, extra=extra) for prompt in prompts])
    right = [answer.number == problem.answer for problem, answer in complete]
    kept = [
        bool(verdict.judgement.get("reasoning_valid") and verdict.judgement.get("solution_valid"))
        for verdict in verdicts
    ]
    return {
        "chains": len(right),
        "right": share(right),
        "kept": sum(kept),
        "right_of_kept": share(ok for ok, keep in zip(right, kept, strict=True) if keep),
        "kept_of_right": share(keep for ok, keep in zip(right, kept, strict=True) if ok),
        "wrong_but_kept": sum(keep and not ok for ok, keep in zip(right, kept, strict=True)),
    }


def measure_score(client: Client, count: int, role: str, extra: dict) -> dict:
    samples = held_out_samples(role, count)
    answers = ask_samples(client, samples, JUDGE_TEMPERATURE, extra)
    expected = [json.loads(sample.answer)["score"] for sample in samples]
    given = [answer.judgement.get("score") for answer in answers]
    differences = [abs(a - b) if isinstance(b, int) else 10 for a, b in zip(expected, given, strict=True)]
    return {
        "exact": share(difference == 0 for difference in differences),
        "within_one": share(difference <= 1 for difference in differences),
        "most_frequent_label": round(Counter(expected).most_common(1)[0][1] / count, 3),
    }


def measure_critic(client: Client, count: int, extra: dict) -> dict:
    samples = held_out_samples("critic", count)
    answers = ask_samples(client, samples, JUDGE_TEMPERATURE, extra)
    expected = [json.loads(sample.answer)["difficulty"] for sample in samples]
    given = [str(answer.judgement.get("difficulty")) for answer in answers]
    right = [a == b for a, b in zip(expected, given, strict=True)]
    return {
        "exact": share(right),
        "by_student": {
            student: share(ok for ok, sample in zip(right, samples, strict=True) if sample.detail == student)
            for student in roles.CRITIC_SYSTEMS
        },
        "most_frequent_label": round(Counter(expected).most_common(1)[0][1] / count, 3),
        "confusion": {f"{a} as {b}": n for (a, b), n in sorted(Counter(zip(expected, given, strict=True)).items())},
    }


def measure_rewriting(client: Client, count: int, role: str) -> dict:
    samples = held_out_samples(role, count)
    answers = ask_samples(client, samples, WRITER_TEMPERATURE, {})
    changes = [
        chains.word_count(answer.thought) - chains.word_count(sample.chain)
        for answer, sample in zip(answers, samples, strict=True)
    ]
    return {
        "right_direction": share((change > 0) if role == "extend" else (change < 0) for change in changes),
        "answer_right": share(a.number == s.problem.answer for a, s in zip(answers, samples, strict=True)),
        "medium_before": share(chains.difficulty(sample.chain, "small") == "medium" for sample in samples),
        "medium_after": share(chains.difficulty(answer.thought, "small") == "medium" for answer in answers),
        "mean_words_change": round(sum(changes) / count, 1),
    }


def measurements(client: Client, count: int) -> dict[str, Callable[[], dict]]:
    """Every measurement by name; those of judges are done with and without a JSON schema."""
    tasks: dict[str, Callable[[], dict]] = {
        "solve greedy": lambda: measure_solving(client, count, 0.0, 1),
        "solve sampled": lambda: measure_solving(client, count, WRITER_TEMPERATURE, SAMPLES_PER_PROBLEM),
        "styles": lambda: measure_styles(client, count // 2),
        "extend": lambda: measure_rewriting(client, count, "extend"),
        "simplify": lambda: measure_rewriting(client, count, "simplify"),
        "shorten": lambda: measure_rewriting(client, count, "shorten"),
        "loop small": lambda: measure_loop(client, count // 2, "small"),
        "loop large": lambda: measure_loop(client, count // 2, "large"),
    }
    for suffix, with_schema in (("", False), (" with schema", True)):
        extra = {role: SCHEMAS[role] if with_schema else {} for role in SCHEMAS}
        tasks |= {
            f"validate{suffix}": lambda extra=extra: measure_validation(client, count, extra["validate"]),
            f"validate own chains{suffix}": lambda extra=extra: measure_validation_of_real_chains(
                client, count, extra["validate"]
            ),
            f"verbosity{suffix}": lambda extra=extra: measure_score(client, count, "verbosity", extra["verbosity"]),
            f"cognitive{suffix}": lambda extra=extra: measure_score(client, count, "cognitive", extra["cognitive"]),
            f"critic{suffix}": lambda extra=extra: measure_critic(client, count, extra["critic"]),
        }
    return tasks


def evaluate(base_url: str, count: int, only: set[str]) -> dict[str, dict]:
    results = {}
    for name, measure in measurements(Client(base_url), count).items():
        if not only or name in only:
            results[name] = measure()
            print(name, json.dumps(results[name]), flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True, help="as http://127.0.0.1:8080/v1")
    parser.add_argument("--count", type=int, default=300, help="problems a measurement")
    parser.add_argument("--only", action="append", default=[], help="a measurement's name; may be repeated")
    parser.add_argument("--out", type=Path, help="file for the results")
    arguments = parser.parse_args()
    results = evaluate(arguments.base_url, arguments.count, set(arguments.only))
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
