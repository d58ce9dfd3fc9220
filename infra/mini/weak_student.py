"""Choose the weak student: the first snapshot of the teacher's training that solves enough held-out problems."""

import argparse
import random
import shutil
from pathlib import Path

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2ForCausalLM

from client import BOXED
from tokenizer import TURN_END
from world import MOST_STEPS, Problem, draw_problem

ENOUGH_ACCURACY = 0.4
PROBE_PROBLEMS = 100
PROBE_SEED = 31
LONGEST_ANSWER = 200


def probe_problems() -> list[Problem]:
    rng = random.Random(PROBE_SEED)
    return [draw_problem(rng, True, 1 + index % MOST_STEPS) for index in range(PROBE_PROBLEMS)]


def ids_to_answer(tokenizer: PreTrainedTokenizerFast, ids: torch.Tensor) -> str | None:
    found = BOXED.findall(tokenizer.decode(ids).split(TURN_END)[0])
    return found[-1] if found else None


@torch.inference_mode()
def greedy_accuracy(folder: Path, problems: list[Problem]) -> float:
    """The share of problems that a checkpoint solves without sampling."""
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    model = Qwen2ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": problem.text}], tokenize=False, add_generation_prompt=True
        )
        for problem in problems
    ]
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
    prompt_length = inputs["input_ids"].shape[1]
    generated = model.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        max_new_tokens=LONGEST_ANSWER,
        do_sample=False,
    )
    answers = [ids_to_answer(tokenizer, row[prompt_length:]) for row in generated]
    return sum(answer == str(problem.answer) for answer, problem in zip(answers, problems, strict=True)) / len(problems)


def choose(snapshots: list[Path]) -> Path:
    """The earliest snapshot with enough accuracy, or the latest one."""
    problems = probe_problems()
    for snapshot in snapshots:
        accuracy = greedy_accuracy(snapshot, problems)
        print(f"{snapshot.name}: {accuracy:.2f}", flush=True)
        if accuracy >= ENOUGH_ACCURACY:
            return snapshot
    return snapshots[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshot", required=True, type=Path, action="append", help="checkpoint; earliest first")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    shutil.copytree(choose(arguments.snapshot), arguments.out, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
