"""Chains of thought in six styles from bare to digressive, and the labels that are formulas over them."""

import random
from collections.abc import Sequence

from world import Problem, Step

BARE, TERSE, PLAIN, TOLD, CAREFUL, DIGRESSIVE = STYLES = range(6)

HIGHEST_SCORE = 9
WORDS_PER_SCORE = 10
# The verbosity scores that suit a student; a shorter chain says too little for it, a longer one too much.
MEDIUM_BANDS = {"small": (2, 5), "large": (4, 8)}

ORDER_WORDS = ("First", "Second", "Third", "Fourth", "Last")
REASONS = {
    "+": ("{things} come in, so add {number}.", "The count grows by {number}."),
    "-": ("{things} go away, so subtract {number}.", "The count falls by {number}."),
    "*": ("The count is multiplied by {number}.", "Everything comes {number} times."),
    "/": ("The count is divided by {number}.", "One of {number} equal parts stays."),
}
OPENINGS = (
    "Alright, this story is about {person} and the {things}. I want to follow every change with care.",
    "Let us see what is asked: the {things} that {person} holds in the end. No need to hurry.",
)
DIGRESSIONS = (
    "Hold on, is that true? Yes, it is.",
    "Just to be safe I read that part again. It agrees.",
    "Hmm, that looks odd at first, but it is fine.",
)
CLOSINGS = (
    "In total {person} has {number} {things} in the end.",
    "Nothing else happens, so {number} {things} is final.",
)
INVERSES = {"+": "-", "-": "+", "*": "/", "/": "*"}


def _introduction(problem: Problem, first: Step) -> str:
    if problem.starts_with_groups and first.operator == "*":
        return f"There are {first.left} groups of {first.right} {problem.things}."
    return f"{problem.person} begins with {first.left} {problem.things}."


def _calculation(problem: Problem, step: Step, style: int) -> str:
    return f"{step}." if style == PLAIN else f"{step}, which makes {step.result} {problem.things}."


def _told_step(rng: random.Random, problem: Problem, step: Step, style: int) -> list[str]:
    """The sentences of one step in the styles that give reasons."""
    reason = rng.choice(REASONS[step.operator]).format(things=problem.things, number=step.right)
    sentences = [reason[0].upper() + reason[1:], _calculation(problem, step, style)]
    if style == DIGRESSIVE or style == CAREFUL and rng.random() < 0.5:
        sentences.append(f"Check: {step.result}{INVERSES[step.operator]}{step.right}={step.left}, good.")
    if style == DIGRESSIVE and rng.random() < 0.6:
        sentences.append(rng.choice(DIGRESSIONS))
    return sentences


def write_chain(rng: random.Random, problem: Problem, style: int, steps: Sequence[Step] | None = None) -> str:
    """A chain in one style for the right steps of the problem, or for the given (wrong) ones."""
    steps = problem.steps if steps is None else steps
    if style == BARE:
        return " ".join(f"{step}." for step in steps)
    if style == TERSE:
        return " ".join(f"{ORDER_WORDS[index]} {step}." for index, step in enumerate(steps))
    names = {"person": problem.person, "things": problem.things}
    sentences = [_introduction(problem, steps[0])]
    if style == DIGRESSIVE:
        sentences.insert(0, rng.choice(OPENINGS).format(**names))
    for step in steps:
        sentences += _told_step(rng, problem, step, style)
    if style >= CAREFUL:
        sentences.append(rng.choice(CLOSINGS).format(number=steps[-1].result, **names))
    return " ".join(sentences)


def word_count(chain: str) -> int:
    return len(chain.split())


def verbosity(chain: str) -> int:
    """The label of the verbosity score: one point for every ten words."""
    return min(HIGHEST_SCORE, word_count(chain) // WORDS_PER_SCORE)


def cognitive_difficulty(problem: Problem) -> int:
    """The label of the cognitive difficulty score: sums count once, products and quotients twice."""
    return min(HIGHEST_SCORE, sum(2 if step.operator in "*/" else 1 for step in problem.steps))


def difficulty(chain: str, student: str) -> str:
    """The label of the critic: whether the length of the chain suits the student."""
    lowest, highest = MEDIUM_BANDS[student]
    score = verbosity(chain)
    if score < lowest:
        return "easy"
    return "hard" if score > highest else "medium"
