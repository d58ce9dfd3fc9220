"""The problems of the demonstration world: short stories about counting things.

Everything is a pure function of a random.Random, so any part of the corpus can be generated again.
"""

import hashlib
import random
from dataclasses import dataclass

LARGEST_NUMBER = 99
MOST_STEPS = 5
HELD_OUT_SHARE = 0.1

PEOPLE = (
    "Aisha Bruno Chloe Dario Elena Farid Gwen Hugo Ingrid Jonas "
    "Kira Lukas Maren Nils Opal Pedro Quinn Rita Stefan Tessa"
).split()
THINGS = "pencils shells beads stamps buttons plums candles postcards keys acorns ribbons badges".split()
CONTAINERS = "crates drawers pouches trays".split()

STARTS = ("{person} owns {number} {things}.", "At first {person} has {number} {things}.")
GROUP_STARTS = (
    "{person} fills {groups} {containers} with {number} {things} each.",
    "There are {groups} {containers}, and {person} puts {number} {things} into each.",
)
STORY_LINES = {
    ("+", None): (
        "{person} collects {number} more {things}.",
        "An aunt brings {person} {number} {things}.",
        "Later {person} picks up {number} further {things}.",
        "{number} {things} arrive by mail for {person}.",
    ),
    ("-", None): (
        "{person} hands {number} {things} to a neighbor.",
        "{number} {things} break.",
        "{person} uses up {number} {things}.",
        "Later {person} drops {number} {things} into a river.",
    ),
    ("*", 2): ("The pile of {things} doubles overnight.", "{person} ends up with two times as many {things}."),
    ("*", 3): ("The pile of {things} triples overnight.", "{person} ends up with three times as many {things}."),
    ("/", 2): ("{person} splits the {things} evenly with a sister.", "Only half of the {things} stay with {person}."),
    ("/", 3): (
        "{person} splits the {things} evenly with two cousins.",
        "Only a third of the {things} stay with {person}.",
    ),
}
QUESTIONS = (
    "How many {things} does {person} have in the end?",
    "What is the final number of {things} of {person}?",
    "In the end, how many {things} belong to {person}?",
)


@dataclass(frozen=True)
class Step:
    """One calculation as it is written: `left operator right = result`, right or wrong."""

    left: int
    operator: str
    right: int
    result: int

    def __str__(self) -> str:
        return f"{self.left}{self.operator}{self.right}={self.result}"


@dataclass(frozen=True)
class Problem:
    """A word problem together with its right calculation."""

    person: str
    things: str
    steps: tuple[Step, ...]
    text: str

    @property
    def answer(self) -> int:
        return self.steps[-1].result

    @property
    def starts_with_groups(self) -> bool:
        return self.text.startswith("There are") or " each." in self.text


def calculate(left: int, operator: str, right: int) -> int:
    """The right result of one calculation; division is only asked for where it leaves no remainder."""
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    return left // right


def right_step(left: int, operator: str, right: int) -> Step:
    return Step(left, operator, right, calculate(left, operator, right))


def small_operand(rng: random.Random) -> int:
    """Operands of sums stay small: larger ones were out of reach for a model of this size."""
    return rng.randint(2, 9) if rng.random() < 0.8 else rng.choice((10, 20))


def _operand(rng: random.Random, value: int, operator: str) -> int | None:
    """An operand that keeps the running value within 1..LARGEST_NUMBER, or None."""
    if operator in "+-":
        operand = small_operand(rng)
    else:
        operand = rng.choice((2, 3))
    if operator == "/" and (value % operand or value // operand < 2):
        return None
    return operand if 1 <= calculate(value, operator, operand) <= LARGEST_NUMBER else None


def _next_step(rng: random.Random, value: int) -> Step:
    """A possible next calculation; sums are three times as frequent as each of the others."""
    while True:
        operator = rng.choice("+++---*/")
        operand = _operand(rng, value, operator)
        if operand is not None:
            return right_step(value, operator, operand)


def _story_line(rng: random.Random, step: Step) -> str:
    factor = step.right if step.operator in "*/" else None
    return rng.choice(STORY_LINES[step.operator, factor])


def make_problem(rng: random.Random, step_count: int | None = None) -> Problem:
    """One problem of 1 to MOST_STEPS calculations."""
    if step_count is None:
        step_count = rng.choices(range(1, MOST_STEPS + 1), (1, 2, 3, 3, 2))[0]
    names = {"person": rng.choice(PEOPLE), "things": rng.choice(THINGS)}
    steps: list[Step] = []
    if rng.random() < 0.35:
        first = right_step(rng.randint(2, 9), "*", rng.randint(2, 9))
        steps.append(first)
        lines = [
            rng.choice(GROUP_STARTS).format(
                groups=first.left, number=first.right, containers=rng.choice(CONTAINERS), **names
            )
        ]
        value = first.result
    else:
        value = rng.randint(3, 60)
        lines = [rng.choice(STARTS).format(number=value, **names)]
    while len(steps) < step_count:
        step = _next_step(rng, value)
        steps.append(step)
        lines.append(_story_line(rng, step).format(number=step.right, **names))
        value = step.result
    lines.append(rng.choice(QUESTIONS).format(**names))
    return Problem(steps=tuple(steps), text=" ".join(lines), **names)


def is_held_out(problem: Problem) -> bool:
    """Whether the numbers and operators of this problem are kept out of training, whatever its wording."""
    structure = " ".join(f"{step.left}{step.operator}{step.right}" for step in problem.steps)
    return hashlib.sha256(structure.encode()).digest()[0] < 256 * HELD_OUT_SHARE


def draw_problem(rng: random.Random, held_out: bool, step_count: int | None = None) -> Problem:
    """A problem from the training part or from the held-out part of the world."""
    while True:
        problem = make_problem(rng, step_count)
        if is_held_out(problem) == held_out:
            return problem
