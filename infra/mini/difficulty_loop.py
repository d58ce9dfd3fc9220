"""The loop of critic and rewriting that should bring a chain to medium difficulty."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import chains
import roles
from client import JUDGE_TEMPERATURE, WRITER_TEMPERATURE, Answer, Client, Request
from world import Problem, draw_problem

LOOP_SEED = 4242
MOST_ROUNDS = 3
REWRITES = {"easy": roles.EXTEND_SYSTEM, "hard": roles.SIMPLIFY_SYSTEM}


@dataclass(frozen=True)
class LoopRun:
    """One chain before and after the loop, and what the critic said on the way."""

    problem: Problem
    first: Answer
    last: Answer
    opinions: tuple[str, ...]


def _ask(client: Client, system: str, user: str, temperature: float, seed: int) -> Answer:
    return client.ask(Request(roles.conversation(user, "", system)[:-1], temperature, seed))


def _run(client: Client, problem: Problem, first_system: str, student: str, seed: int) -> LoopRun:
    first = last = _ask(client, first_system, problem.text, WRITER_TEMPERATURE, seed)
    opinions: list[str] = []
    while True:
        prompt = roles.reasoning_prompt(problem, last.thought)
        verdict = _ask(client, roles.CRITIC_SYSTEMS[student], prompt, JUDGE_TEMPERATURE, seed)
        opinion = str(verdict.judgement.get("difficulty"))
        opinions.append(opinion)
        if opinion not in REWRITES or len(opinions) > MOST_ROUNDS:
            return LoopRun(problem, first, last, tuple(opinions))
        last = _ask(client, REWRITES[opinion], prompt, WRITER_TEMPERATURE, seed + len(opinions))


def measure_loop(client: Client, count: int, student: str) -> dict:
    """Start from chains that are too short and too long in turns; labels are formulas, so the truth is known."""
    rng = random.Random(LOOP_SEED)
    problems = [draw_problem(rng, held_out=True) for _ in range(count)]
    brief, _, detailed = roles.THINK_SYSTEMS
    with ThreadPoolExecutor(client.parallel) as pool:
        runs = list(
            pool.map(
                lambda item: _run(client, item[1], detailed if item[0] % 2 else brief, student, item[0]),
                enumerate(problems),
            )
        )
    return {
        "chains": count,
        "medium_before": sum(chains.difficulty(run.first.thought, student) == "medium" for run in runs),
        "medium_after": sum(chains.difficulty(run.last.thought, student) == "medium" for run in runs),
        "medium_after_by_critic": sum(run.opinions[-1] == "medium" for run in runs),
        "rounds": dict(sorted(Counter(len(run.opinions) - 1 for run in runs).items())),
        "right_before": sum(run.first.number == run.problem.answer for run in runs),
        "right_after": sum(run.last.number == run.problem.answer for run in runs),
    }
