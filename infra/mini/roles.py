"""The roles the model plays: their messages, and samples of each for training and for evaluation."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import chains
import drills
import mistakes
from world import Problem, draw_problem

THINK_SYSTEMS = {
    "Think briefly.": (chains.BARE, chains.TERSE),
    "Think step by step.": (chains.PLAIN, chains.TOLD),
    "Think in great detail.": (chains.CAREFUL, chains.DIGRESSIVE),
}
VALIDATE_SYSTEM = "Validate the reasoning."
VERBOSITY_SYSTEM = "Rate the verbosity."
COGNITIVE_SYSTEM = "Rate the cognitive difficulty."
CRITIC_SYSTEMS = {
    "small": "Is this easy, medium or hard for a small student?",
    "large": "Is this easy, medium or hard for a large student?",
}
EXTEND_SYSTEM = "Extend the reasoning."
SIMPLIFY_SYSTEM = "Simplify the reasoning."
SHORTEN_SYSTEM = "Shorten the reasoning."

# Rewriting aims at lengths that both students find medium.
REWRITE_GOAL_WORDS = (40, 58)
REWRITE_CANDIDATES = 2

NATURAL_STYLES = (1, 3, 5, 4, 3, 2)
JUDGED_STYLES = (2, 3, 4, 4, 3, 3)
VALIDATED_STYLES = (3, 4, 5, 3, 2, 1)
WRONG_SOLUTION_CHANGES = (-10, -2, -1, 1, 2, 10)

Message = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """One conversation that ends with the right answer, and what it was made from."""

    role: str
    messages: list[Message]
    problem: Problem | None = None
    chain: str = ""
    detail: str = ""
    chain_is_right: bool = True

    @property
    def prompt(self) -> list[Message]:
        return self.messages[:-1]

    @property
    def answer(self) -> str:
        return self.messages[-1]["content"]


@dataclass(frozen=True)
class Scope:
    """Which part of the world samples come from; an easy one has few steps and short chains."""

    held_out: bool = False
    easy: bool = False

    def problem(self, rng: random.Random) -> Problem:
        return draw_problem(rng, self.held_out, rng.choice((1, 2, 2, 3)) if self.easy else None)

    def style(self, rng: random.Random, weights: Sequence[int]) -> int:
        if self.easy:
            weights = [weights[0] + 1, weights[1] + 1, weights[2], 0, 0, 0]
        return rng.choices(chains.STYLES, weights)[0]


def conversation(user: str, answer: str, system: str | None = None) -> list[Message]:
    messages = [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]
    return messages if system is None else [{"role": "system", "content": system}, *messages]


def final_form(chain: str, answer: int) -> str:
    return f"<think>\n{chain}\n</think>\n\nThe answer is \\boxed{{{answer}}}."


def reasoning_prompt(problem: Problem, chain: str) -> str:
    return f"Problem: {problem.text}\nReasoning: {chain}"


def validation_prompt(problem: Problem, chain: str, solution: int | str) -> str:
    return f"{reasoning_prompt(problem, chain)}\nReference: {problem.answer}\nSolution: {solution}"


def solve_sample(rng: random.Random, scope: Scope) -> Sample:
    problem = scope.problem(rng)
    chain = chains.write_chain(rng, problem, scope.style(rng, NATURAL_STYLES))
    return Sample("solve", conversation(problem.text, final_form(chain, problem.answer)), problem, chain)


def styled_solve_sample(rng: random.Random, scope: Scope) -> Sample:
    problem = scope.problem(rng)
    system = rng.choice(tuple(THINK_SYSTEMS))
    chain = chains.write_chain(rng, problem, rng.choice(THINK_SYSTEMS[system]))
    messages = conversation(problem.text, final_form(chain, problem.answer), system)
    return Sample("styled", messages, problem, chain, detail=system)


def validate_sample(rng: random.Random, scope: Scope) -> Sample:
    problem = scope.problem(rng)
    steps, kind = problem.steps, "right"
    if rng.random() < 0.5:
        steps, kind = mistakes.make_mistake(rng, problem) or (steps, kind)
    solution = steps[-1].result
    if rng.random() < 0.12:
        solution = max(0, solution + rng.choice(WRONG_SOLUTION_CHANGES))
    chain = chains.write_chain(rng, problem, scope.style(rng, VALIDATED_STYLES), steps)
    messages = conversation(
        validation_prompt(problem, chain, solution), mistakes.verdict(problem, steps, solution), VALIDATE_SYSTEM
    )
    return Sample("validate", messages, problem, chain, detail=kind, chain_is_right=kind == "right")


def _judged_chain(rng: random.Random, scope: Scope) -> tuple[Problem, str]:
    problem = scope.problem(rng)
    return problem, chains.write_chain(rng, problem, scope.style(rng, JUDGED_STYLES))


def verbosity_sample(rng: random.Random, scope: Scope) -> Sample:
    problem, chain = _judged_chain(rng, scope)
    answer = json.dumps({"score": chains.verbosity(chain)})
    return Sample("verbosity", conversation(reasoning_prompt(problem, chain), answer, VERBOSITY_SYSTEM), problem, chain)


def cognitive_sample(rng: random.Random, scope: Scope) -> Sample:
    problem, chain = _judged_chain(rng, scope)
    answer = json.dumps({"score": chains.cognitive_difficulty(problem)})
    return Sample("cognitive", conversation(reasoning_prompt(problem, chain), answer, COGNITIVE_SYSTEM), problem, chain)


def critic_sample(rng: random.Random, scope: Scope) -> Sample:
    problem, chain = _judged_chain(rng, scope)
    student = rng.choice(tuple(CRITIC_SYSTEMS))
    answer = json.dumps({"difficulty": chains.difficulty(chain, student)})
    messages = conversation(reasoning_prompt(problem, chain), answer, CRITIC_SYSTEMS[student])
    return Sample("critic", messages, problem, chain, detail=student)


def _distance_to_goal(chain: str) -> int:
    lowest, highest = REWRITE_GOAL_WORDS
    count = chains.word_count(chain)
    return max(lowest - count, count - highest, 0)


def rewritten(rng: random.Random, problem: Problem, style: int, chain: str, longer: bool) -> str:
    """A chain of another style, longer or shorter than the given one and as near to the goal as possible."""
    styles = range(style + 1, len(chains.STYLES)) if longer else range(style)
    candidates = [
        chains.write_chain(rng, problem, other) for other in styles for _ in range(REWRITE_CANDIDATES)
    ]
    rng.shuffle(candidates)
    count = chains.word_count(chain)
    proper = [other for other in candidates if other != chain and (chains.word_count(other) > count) == longer]
    return min(proper or candidates, key=_distance_to_goal)


def _rewrite_sample(rng: random.Random, scope: Scope, role: str, system: str, styles: Sequence[int]) -> Sample:
    problem = scope.problem(rng)
    style = rng.choice(styles)
    chain = chains.write_chain(rng, problem, style)
    target = rewritten(rng, problem, style, chain, longer=role == "extend")
    messages = conversation(reasoning_prompt(problem, chain), final_form(target, problem.answer), system)
    return Sample(role, messages, problem, chain)


def extend_sample(rng: random.Random, scope: Scope) -> Sample:
    styles = 2 * (chains.BARE, chains.TERSE, chains.PLAIN) + (chains.TOLD, chains.CAREFUL)
    return _rewrite_sample(rng, scope, "extend", EXTEND_SYSTEM, styles)


def simplify_sample(rng: random.Random, scope: Scope) -> Sample:
    styles = (chains.PLAIN, chains.TOLD, *2 * (chains.CAREFUL, chains.DIGRESSIVE))
    return _rewrite_sample(rng, scope, "simplify", SIMPLIFY_SYSTEM, styles)


def shorten_sample(rng: random.Random, scope: Scope) -> Sample:
    problem = scope.problem(rng)
    chain = chains.write_chain(rng, problem, rng.choice((chains.PLAIN, chains.TOLD, chains.CAREFUL, chains.DIGRESSIVE)))
    short = chains.write_chain(rng, problem, rng.choice((chains.BARE, chains.TERSE)))
    messages = conversation(reasoning_prompt(problem, chain), final_form(short, problem.answer), SHORTEN_SYSTEM)
    return Sample("shorten", messages, problem, chain)


def calculation_sample(rng: random.Random, scope: Scope) -> Sample:
    return Sample("calculate", conversation("Calculate.", drills.calculations(rng)))


def comparison_sample(rng: random.Random, scope: Scope) -> Sample:
    return Sample("compare", conversation("Compare.", drills.comparisons(rng)))


MAKERS: dict[str, Callable[[random.Random, Scope], Sample]] = {
    "solve": solve_sample,
    "styled": styled_solve_sample,
    "validate": validate_sample,
    "verbosity": verbosity_sample,
    "cognitive": cognitive_sample,
    "critic": critic_sample,
    "extend": extend_sample,
    "simplify": simplify_sample,
    "shorten": shorten_sample,
    "calculate": calculation_sample,
    "compare": comparison_sample,
}


def draw_sample(rng: random.Random, mix: dict[str, float], scope: Scope) -> Sample:
    """One sample of a role drawn by the weights of the mix."""
    role = rng.choices(tuple(mix), tuple(mix.values()))[0]
    return MAKERS[role](rng, scope)
