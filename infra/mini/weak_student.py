"""Make the weak student: an early snapshot of the teacher that learns to solve, and stops half-way."""

import argparse
import random
from pathlib import Path

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2ForCausalLM

from client import BOXED
from tokenizer import TURN_END
from train import Stage, save, train
from world import MOST_STEPS, Problem, draw_problem

STOP_AT_ACCURACY = 0.45
LONGEST_MINUTES = 5
PROBE_EVERY_STEPS = 20
PROBE_PROBLEMS = 100
PROBE_SEED = 31
PEAK_RATE = 1e-3
LONGEST_ANSWER = 300
SOLVING_ONLY = (Stage(1.0, {"solve": 1}, False),)


@torch.inference_mode()
def greedy_accuracy(model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerFast, problems: list[Problem]) -> float:
    """The share of problems solved without sampling."""
    tokenizer.padding_side = "left"
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": problem.text}], tokenize=False, add_generation_prompt=True
        )
        for problem in problems
    ]
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
    model.eval()
    generated = model.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        max_new_tokens=LONGEST_ANSWER,
        do_sample=False,
        eos_token_id=tokenizer.convert_tokens_to_ids(TURN_END),
        pad_token_id=tokenizer.pad_token_id,
    )
    model.train()
    texts = tokenizer.batch_decode(generated[:, inputs["input_ids"].shape[1] :])
    answers = [(BOXED.findall(text.split(TURN_END)[0]) or [None])[-1] for text in texts]
    return sum(answer == str(problem.answer) for answer, problem in zip(answers, problems, strict=True)) / len(problems)


def specialize(snapshot: Path, out: Path, seed: int) -> float:
    """Train the snapshot on solving until it passes the probe; returns the accuracy of the last probe."""
    tokenizer = AutoTokenizer.from_pretrained(snapshot)
    model = Qwen2ForCausalLM.from_pretrained(snapshot, dtype=torch.float32)
    rng = random.Random(PROBE_SEED)
    problems = [draw_problem(rng, True, 1 + index % MOST_STEPS) for index in range(PROBE_PROBLEMS)]
    accuracy = 0.0

    def is_enough(step: int) -> bool:
        nonlocal accuracy
        if step % PROBE_EVERY_STEPS:
            return False
        accuracy = greedy_accuracy(model, tokenizer, problems)
        print(f"step {step} probe {accuracy:.2f}", flush=True)
        return accuracy >= STOP_AT_ACCURACY

    train(model, tokenizer, LONGEST_MINUTES, seed, SOLVING_ONLY, peak_rate=PEAK_RATE, is_enough=is_enough)
    save(model, tokenizer, out)
    return accuracy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshot", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    specialize(arguments.snapshot, arguments.out, arguments.seed)


if __name__ == "__main__":
    main()
