"""Exercises without a story: many calculations, or many comparisons, in one short text."""

import random

from world import LARGEST_NUMBER, Step, right_step, small_operand

CALCULATIONS = 12
COMPARISONS = 20


def random_calculation(rng: random.Random) -> Step:
    """A calculation of the kind that occurs in the problems."""
    operator = rng.choice("++--*/")
    if operator == "+":
        right = small_operand(rng)
        return right_step(rng.randint(1, LARGEST_NUMBER - right), operator, right)
    if operator == "-":
        right = small_operand(rng)
        return right_step(rng.randint(right + 1, LARGEST_NUMBER), operator, right)
    if operator == "*":
        if rng.random() < 0.5:
            return right_step(rng.randint(2, 9), operator, rng.randint(2, 9))
        return right_step(rng.randint(2, 33), operator, rng.choice((2, 3)))
    right = rng.choice((2, 3))
    return right_step(right * rng.randint(2, 33), operator, right)


def _near_number(rng: random.Random, number: int) -> int:
    """The number itself half of the time, else another one, mostly close to it."""
    if rng.random() < 0.5:
        return number
    return rng.choice((rng.randint(1, LARGEST_NUMBER), abs(number + rng.choice((-10, -2, -1, 1, 2, 10)))))


def random_comparison(rng: random.Random) -> str:
    """Two numbers side by side, equal or not; the first one may be the result of a calculation."""
    if rng.random() < 0.6:
        number = rng.randint(1, LARGEST_NUMBER)
        shown = str(number)
    else:
        step = random_calculation(rng)
        number, shown = step.result, str(step)
    other = _near_number(rng, number)
    return f"{shown} {other} {'yes' if number == other else 'no'}"


def calculations(rng: random.Random) -> str:
    return " ".join(str(random_calculation(rng)) for _ in range(CALCULATIONS))


def comparisons(rng: random.Random) -> str:
    return ", ".join(random_comparison(rng) for _ in range(COMPARISONS))
