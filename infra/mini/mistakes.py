"""Wrong calculations, written as a careless solver would, and the verdict a right judge gives on them."""

import json
import random
from collections.abc import Sequence
from itertools import zip_longest

from world import Problem, Step, calculate

KINDS = ("slip", "slip", "operator", "number", "skip", "lucky")
SLIPS = (-10, -2, -1, 1, 2, 10)
LARGEST_WRITTEN = 199


def _carry_on(steps: Sequence[Step], changed: int, keep_result: bool) -> list[Step] | None:
    """Recalculate the steps from the changed one, or None where they cannot be written down."""
    written: list[Step] = []
    for index, step in enumerate(steps):
        left = written[-1].result if written else step.left
        if step.operator == "/" and left % step.right:
            return None
        result = step.result if index == changed and keep_result else calculate(left, step.operator, step.right)
        if not 0 <= result <= LARGEST_WRITTEN:
            return None
        written.append(Step(left, step.operator, step.right, result))
    return written


def _changed_step(rng: random.Random, step: Step, kind: str) -> Step:
    if kind in ("slip", "lucky"):
        return Step(step.left, step.operator, step.right, step.result + rng.choice(SLIPS))
    if kind == "operator":
        operator = rng.choice([other for other in "+-*" if other != step.operator])
        return Step(step.left, operator, step.right, step.result)
    return Step(step.left, step.operator, max(1, step.right + rng.choice((-2, -1, 1, 2, 10))), step.result)


def make_mistake(rng: random.Random, problem: Problem) -> tuple[list[Step], str] | None:
    """Wrong steps and the kind of the mistake; a lucky one is corrected silently in the next step."""
    kind = rng.choice(KINDS)
    if kind == "skip" and len(problem.steps) < 2:
        kind = "slip"
    steps = list(problem.steps)
    index = rng.randrange(len(steps))
    if kind == "skip":
        del steps[index]
        wrong = _carry_on(steps, 0, keep_result=False)
    else:
        steps[index] = _changed_step(rng, steps[index], kind)
        possible = 0 <= steps[index].result <= LARGEST_WRITTEN
        if kind == "lucky":
            wrong = steps if possible else None
        else:
            wrong = _carry_on(steps, index, keep_result=kind == "slip") if possible else None
    if wrong is None or wrong == list(problem.steps):
        return None
    return wrong, kind


def _result_row(right: Step, stated: Step | None) -> tuple[str, bool]:
    """The right step, then the result that the chain gives: every kind of mistake shows in some result."""
    result = "none" if stated is None else stated.result
    same = result == right.result
    return f"{right} {result} {yes_or_no(same)}", same


def yes_or_no(same: bool) -> str:
    return "yes" if same else "no"


def verdict(problem: Problem, steps: Sequence[Step], solution: int) -> str:
    """The judge's answer, which sets numbers side by side: a small model can compare neighbors only."""
    solution_valid = solution == problem.answer
    rows = [_result_row(right, stated) for right, stated in zip_longest(problem.steps, steps)]
    answer_row = f"{solution} {problem.answer} {yes_or_no(solution_valid)}"
    return json.dumps(
        {
            "rationale": ", ".join([answer_row, *(text for text, _ in rows)]),
            "reasoning_valid": all(same for _, same in rows),
            "solution_valid": solution_valid,
        }
    )
