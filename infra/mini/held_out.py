"""Write the held-out benchmarks of the demonstration: word problems, and the same kind with options to choose from.

Their numbers never occur in the model's training, and no problem resembles one of questions.jsonl, which data sets are built from.
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from mistakes import make_mistake
from questions import normalized
from world import LARGEST_NUMBER, MOST_STEPS, Problem, draw_problem

SEED = 20261
PROBLEM_COUNT = 200
CHOICE_COUNT = 100
OPTION_COUNT = 4
# Stricter than the decontamination of cotmill with its own defaults (10 words, half of them; similarity 0.8).
GRAM_WORDS = 8
MOST_SIMILAR = 0.75


def grams(text: str) -> set[tuple[str, ...]]:
    words = normalized(text).split()
    return {tuple(words[start : start + GRAM_WORDS]) for start in range(len(words) - GRAM_WORDS + 1)}


def common_length(places: dict[str, int], length: int, other: str) -> int:
    """Length of the longest common subsequence; `places` has a bit for each place of a character in the first text."""
    row = (1 << length) - 1
    for character in other:
        matches = places.get(character, 0)
        row = (row + (row & matches)) | (row & ~matches)
    return length - (row & ((1 << length) - 1)).bit_count()


def similarity(text: str, other: str) -> float:
    """Twice the longest common subsequence by the sum of the lengths."""
    places: dict[str, int] = {}
    for place, character in enumerate(text):
        places[character] = places.get(character, 0) | 1 << place
    return 2 * common_length(places, len(text), other) / (len(text) + len(other))


def resembles_any(text: str, known: list[str], known_grams: set[tuple[str, ...]]) -> bool:
    return not grams(text).isdisjoint(known_grams) or any(
        similarity(normalized(text), other) >= MOST_SIMILAR for other in known
    )


def fresh_problems(rng: random.Random, questions: list[str]) -> Iterator[Problem]:
    """Problems that resemble no question and repeat no other, as many of each length."""
    known = [normalized(question) for question in questions]
    known_grams = {gram for question in questions for gram in grams(question)}
    seen: set[str] = set()
    while True:
        problem = draw_problem(rng, held_out=True, step_count=1 + len(seen) % MOST_STEPS)
        text = normalized(problem.text)
        if text in seen or resembles_any(problem.text, known, known_grams):
            continue
        seen.add(text)
        yield problem


def problem_record(problem: Problem) -> dict:
    return {"question": problem.text, "answer": str(problem.answer), "steps": len(problem.steps)}


def wrong_answers(rng: random.Random, problem: Problem) -> list[int]:
    """What a mistake would lead to: an earlier result, a wrong calculation, a number near the right one."""
    candidates = [step.result for step in problem.steps[:-1]]
    for _ in range(OPTION_COUNT):
        mistake = make_mistake(rng, problem)
        if mistake is not None:
            candidates.append(mistake[0][-1].result)
    rng.shuffle(candidates)
    candidates += [problem.answer + change for change in rng.sample((-10, -3, -2, -1, 1, 2, 3, 10), 8)]
    wrong = [number for number in dict.fromkeys(candidates) if number != problem.answer and 0 < number <= LARGEST_NUMBER]
    return wrong[: OPTION_COUNT - 1]


def choice_record(rng: random.Random, problem: Problem) -> dict:
    options = [problem.answer, *wrong_answers(rng, problem)]
    rng.shuffle(options)
    return {
        "question": problem.text,
        "options": [str(option) for option in options],
        "correct": options.index(problem.answer),
        "steps": len(problem.steps),
    }


def write(path: Path, records: list[dict]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    lines = Path(__file__).with_name("questions.jsonl").read_text().splitlines()
    rng = random.Random(SEED)
    problems = fresh_problems(rng, [json.loads(line)["question"] for line in lines])
    write(arguments.out / "held-out.jsonl", [problem_record(next(problems)) for _ in range(PROBLEM_COUNT)])
    write(arguments.out / "held-out-choice.jsonl", [choice_record(rng, next(problems)) for _ in range(CHOICE_COUNT)])


if __name__ == "__main__":
    main()
