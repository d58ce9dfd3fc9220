"""Write the held-out questions of the demonstration."""

import argparse
import json
import random
import re
from pathlib import Path

from world import MOST_STEPS, Problem, draw_problem

QUESTION_COUNT = 600
QUESTION_SEED = 20260
DOMAIN = "arithmetic"


def normalized(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9 ]", " ", text.lower()).split())


def held_out_problems(count: int, seed: int) -> list[Problem]:
    """Problems with numbers never trained on, as many of each length, all distinct after normalization."""
    rng = random.Random(seed)
    problems: dict[str, Problem] = {}
    while len(problems) < count:
        problem = draw_problem(rng, held_out=True, step_count=1 + len(problems) % MOST_STEPS)
        problems.setdefault(normalized(problem.text), problem)
    return list(problems.values())


def question_record(problem: Problem) -> dict:
    return {
        "question": problem.text,
        "answer": str(problem.answer),
        "domain": DOMAIN,
        "steps": len(problem.steps),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("questions.jsonl"))
    parser.add_argument("--count", type=int, default=QUESTION_COUNT)
    arguments = parser.parse_args()
    records = [question_record(problem) for problem in held_out_problems(arguments.count, QUESTION_SEED)]
    arguments.out.write_text("".join(json.dumps(record) + "\n" for record in records))


if __name__ == "__main__":
    main()
