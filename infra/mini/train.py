"""Train the model from scratch on one thread of a CPU."""

import argparse
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from batches import endless_batches
from roles import Scope

HIDDEN_SIZE, LAYERS, HEAD_SIZE = 128, 5, 32
CONTEXT_LENGTH = 1024
PEAK_RATE = 3e-3
WARM_UP_STEPS = 40
# The rate stays at its peak for this part of the run and falls linearly to LAST_RATE_SHARE afterwards.
CONSTANT_RATE_PART = 0.6
LAST_RATE_SHARE = 0.02
LOG_EVERY = 50
DEFAULT_MINUTES = 28

DRILL_MIX = {"calculate": 50, "compare": 50}
EASY_MIX = {
    "solve": 24, "styled": 6, "validate": 26, "verbosity": 5, "cognitive": 5, "critic": 6,
    "extend": 5, "simplify": 4, "shorten": 1, "calculate": 10, "compare": 8,
}  # fmt: skip
COMPARISON_MIX = {"compare": 45, "validate": 30, "solve": 20, "calculate": 5}
FULL_MIX = {
    "solve": 17, "styled": 7, "validate": 28, "verbosity": 7, "cognitive": 9, "critic": 8,
    "extend": 8, "simplify": 8, "shorten": 2, "calculate": 2, "compare": 4,
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """What is learned until a given part of the run is over."""

    until: float
    mix: dict[str, float]
    easy: bool


# Calculations and short problems first: the full mix from the start does not get off the ground in this time.
# Comparing two numbers is learned late and by itself; without a stage of its own, validation stays at chance.
CURRICULUM = (
    Stage(0.05, DRILL_MIX, True),
    Stage(0.3, EASY_MIX, True),
    Stage(0.5, FULL_MIX, False),
    Stage(0.6, COMPARISON_MIX, True),
    Stage(1.0, FULL_MIX, False),
)


@dataclass(frozen=True)
class Snapshot:
    """A copy of the unfinished model, to be kept at a given part of the run."""

    at: float
    folder: Path


def snapshot_folder(out: Path, part: float) -> Path:
    return out.with_name(f"{out.name}-{round(100 * part)}")


def new_model(tokenizer: PreTrainedTokenizerFast) -> Qwen2ForCausalLM:
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN_SIZE,
        intermediate_size=3 * HIDDEN_SIZE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HIDDEN_SIZE // HEAD_SIZE,
        num_key_value_heads=HIDDEN_SIZE // HEAD_SIZE,
        max_position_embeddings=CONTEXT_LENGTH,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    )
    return Qwen2ForCausalLM(config)


def make_optimizers(model: Qwen2ForCausalLM) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for the embedding and the vectors."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and "embed" not in name else others).append(parameter)
    muon = torch.optim.Muon(
        matrices, lr=PEAK_RATE, momentum=0.95, weight_decay=0.02, adjust_lr_fn="match_rms_adamw", ns_steps=4
    )
    return [muon, torch.optim.AdamW(others, lr=PEAK_RATE, betas=(0.9, 0.97), weight_decay=0.0)]


def rate_at(part: float, step: int) -> float:
    rate = PEAK_RATE * min(1.0, (step + 1) / WARM_UP_STEPS)
    if part < CONSTANT_RATE_PART:
        return rate
    return rate * (LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * (1 - part) / (1 - CONSTANT_RATE_PART))


def weighted_loss(model: Qwen2ForCausalLM, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean loss over the weighted tokens; logits are computed for these only."""
    weights = weights[:, 1:]
    learned = weights > 0
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1][learned]
        logits = model.lm_head(hidden)
    losses = functional.cross_entropy(logits.float(), ids[:, 1:][learned], reduction="none")
    return (losses * weights[learned]).sum() / weights[learned].sum()


def update(model: Qwen2ForCausalLM, optimizers: list[torch.optim.Optimizer], loss: torch.Tensor, rate: float) -> None:
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
    model.zero_grad(set_to_none=True)


def save(model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write the checkpoint in float16 without touching the weights in training."""
    half = Qwen2ForCausalLM(model.config).to(torch.float16)
    half.load_state_dict({name: value.to(torch.float16) for name, value in model.state_dict().items()})
    half.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def train(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    minutes: float,
    seed: int,
    stages: tuple[Stage, ...] = CURRICULUM,
    snapshots: tuple[Snapshot, ...] = (),
) -> None:
    """Train for a given processor time, which stages and rate follow, so that a busy machine only takes longer."""
    model.train()
    optimizers = make_optimizers(model)
    rng = random.Random(seed)
    sources = [endless_batches(rng, tokenizer, stage.mix, Scope(easy=stage.easy)) for stage in stages]
    waiting = sorted(snapshots, key=lambda snapshot: snapshot.at)
    losses: list[float] = []
    tokens, started = 0, time.process_time()
    while (part := (time.process_time() - started) / (60 * minutes)) < 1:
        stage = next(index for index, stage in enumerate(stages) if part < stage.until)
        ids, weights = next(sources[stage])
        loss = weighted_loss(model, ids, weights)
        update(model, optimizers, loss, rate_at(part, len(losses)))
        losses.append(loss.item())
        tokens += ids.numel()
        if waiting and part >= waiting[0].at:
            save(model, tokenizer, waiting.pop(0).folder)
        if len(losses) % LOG_EVERY == 0:
            recent = sum(losses[-LOG_EVERY:]) / LOG_EVERY
            speed = tokens / (time.process_time() - started)
            print(
                f"{part:.0%} stage {stage} step {len(losses)} loss {recent:.4f} "
                f"tokens {tokens / 1e6:.2f}M ({speed:.0f}/s)",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenizer", required=True, type=Path, help="folder of the trained tokenizer")
    parser.add_argument("--out", required=True, type=Path, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=DEFAULT_MINUTES, help="minutes of processor time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--snapshot-at", type=float, action="append", default=[], help="part of the run, 0 to 1")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(arguments.tokenizer)
    snapshots = tuple(Snapshot(part, snapshot_folder(arguments.out, part)) for part in arguments.snapshot_at)
    model = new_model(tokenizer)
    print(f"parameters {model.num_parameters()}", flush=True)
    train(model, tokenizer, arguments.minutes, arguments.seed, snapshots=snapshots)
    save(model, tokenizer, arguments.out)


if __name__ == "__main__":
    main()
