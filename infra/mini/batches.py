"""Batches of token ids with a loss weight for every token."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast

from roles import Sample, Scope, draw_sample
from tokenizer import TURN_END, TURN_START

LONGEST_SAMPLE = 480
TOKENS_PER_BATCH = 6144
SAMPLES_PER_POOL = 768

# A judge's answer is settled by very few of its tokens.
DECISION = re.compile(r'(?<="score": )\d|easy|medium|hard|yes|no\b|true|false')
DECISION_WEIGHT = 4.0
# A right chain in a prompt shows how to solve as well; its style cannot be foreseen, hence the low weight.
PROMPT_CHAIN_WEIGHT = 0.3
DRILL_RESULTS = {"calculate": re.compile(r"(?<==)\d+"), "compare": re.compile(r"\b(yes|no)\b")}
JUDGE_ROLES = frozenset({"validate", "verbosity", "cognitive", "critic"})
CHAIN_IN_PROMPT_ROLES = frozenset({"verbosity", "cognitive", "critic", "extend", "simplify", "shorten"})


@dataclass(frozen=True)
class WeightedTokens:
    ids: list[int]
    weights: list[float]


def render(sample: Sample) -> tuple[str, list[float]]:
    """The conversation as the chat template writes it, and the loss weight of every character."""
    opening = "".join(f"{TURN_START}{turn['role']}\n{turn['content']}{TURN_END}\n" for turn in sample.prompt)
    opening += f"{TURN_START}assistant\n"
    weights = [0.0] * len(opening)
    if sample.role in CHAIN_IN_PROMPT_ROLES:
        start = opening.rindex(sample.chain)
        weights[start : start + len(sample.chain)] = [PROMPT_CHAIN_WEIGHT] * len(sample.chain)
    answer = sample.answer
    if sample.role in DRILL_RESULTS:
        answer_weights = [0.0] * len(answer)
        spans, weight = DRILL_RESULTS[sample.role].finditer(answer), 1.0
    else:
        answer_weights = [1.0] * len(answer)
        spans, weight = (DECISION.finditer(answer) if sample.role in JUDGE_ROLES else iter(())), DECISION_WEIGHT
    for span in spans:
        answer_weights[span.start() : span.end()] = [weight] * (span.end() - span.start())
    return opening + answer + TURN_END, [*weights, *answer_weights, *[1.0] * len(TURN_END)]


def encode(tokenizer: PreTrainedTokenizerFast, samples: list[Sample]) -> list[WeightedTokens]:
    """Token ids with the weight of each token's last character."""
    rendered = [render(sample) for sample in samples]
    encodings = tokenizer.backend_tokenizer.encode_batch([text for text, _ in rendered], add_special_tokens=False)
    return [
        WeightedTokens(encoding.ids, [weights[end - 1] for _, end in encoding.offsets])
        for encoding, (_, weights) in zip(encodings, rendered, strict=True)
    ]


def pad(batch: list[WeightedTokens], pad_id: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(tokens.ids) for tokens in batch)
    ids = torch.full((len(batch), longest), pad_id)
    weights = torch.zeros((len(batch), longest))
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens.ids)] = torch.tensor(tokens.ids)
        weights[row, : len(tokens.weights)] = torch.tensor(tokens.weights)
    return ids, weights


def endless_batches(
    rng: random.Random, tokenizer: PreTrainedTokenizerFast, mix: dict[str, float], scope: Scope
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of samples of similar length, so that little of the work goes into padding."""
    while True:
        pool = encode(tokenizer, [draw_sample(rng, mix, scope) for _ in range(SAMPLES_PER_POOL)])
        pool = sorted((item for item in pool if len(item.ids) <= LONGEST_SAMPLE), key=lambda item: len(item.ids))
        groups: list[list[WeightedTokens]] = [[]]
        for item in pool:
            if groups[-1] and (len(groups[-1]) + 1) * len(item.ids) > TOKENS_PER_BATCH:
                groups.append([])
            groups[-1].append(item)
        rng.shuffle(groups)
        for group in groups:
            yield pad(group, tokenizer.pad_token_id)
