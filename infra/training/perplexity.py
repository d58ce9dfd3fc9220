"""Measures how surprised a student is by thoughts: `python perplexity.py CONFIG.json`. Perplexity = exp(nll / tokens) of a thought given its prompt.

Reads one JSON file (see `Settings`) and the JSON lines that it names, one {id, messages, thought} each. Writes below its `outputDirectory`:

- `progress.json`       {done, rows, tokens}: replaced whole after every batch;
- `perplexities.jsonl`  {id, tokens, nll} a row: thought tokens, and the sum of their negative log-probabilities in nats. Written batch by batch:
                        calling the script again with the same file goes on behind the last whole line;
- `result.json`         last of all: {status, rows, measured, left, tokens, seconds, model, versions}; `left`: [{id, reason}], rows that have no figure.

What counts as the thought: the prompt is rendered by the student's chat template with its generation prompt and tokenised; the answer is tokenised
by itself, as the student writes it; its tokens behind those that it shares with the bare opening tag are the thought's. A template that ends with
the opening tag gets no second one. activities/improve/prompt-logprobs.ts does the same over an endpoint.

Exit codes: 0 measured (or was measured before); 2 the configuration or the data can't be used, `result.json` says why; else Python's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from job_files import Refused, read_values, replace_json

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

PRECISIONS = ("bfloat16", "float16", "float32")
# Logits of so many positions become float32 at a time.
CHUNK = 1024


@dataclass(frozen=True)
class Settings:
    """What to measure. Left out: the default here."""

    model: str
    rowsFile: str
    outputDirectory: str
    # Written between prompt and thought, such as "<think>\n".
    opening: str = "<think>\n"
    # Tokens of a batch at most, padding included; one row may be longer.
    batchTokens: int = 16_384
    precision: str = "bfloat16"
    chatTemplatePath: str | None = None
    chatTemplateKwargs: dict[str, Any] = field(default_factory=dict)
    cpu: bool = False


@dataclass(frozen=True)
class Encoded:
    id: str
    tokens: list[int]
    # Index of the first token of the thought.
    start: int


def read_settings(path: Path) -> Settings:
    """Throws Refused that names the field."""
    values = read_values(path, Settings)
    try:
        settings = Settings(**values)
    except TypeError as error:
        raise Refused(f"{path}: {error}") from error
    if settings.precision not in PRECISIONS:
        raise Refused(f"{path}: precision: expected one of {', '.join(PRECISIONS)}, got {settings.precision!r}")
    if settings.batchTokens < 1:
        raise Refused(f"{path}: batchTokens: expected a positive number, got {settings.batchTokens}")
    return settings


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Throws Refused that names the line."""
    try:
        lines = path.read_text("utf8").split("\n")
    except OSError as error:
        raise Refused(f"{path} can't be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if line == "":
            continue
        try:
            row = json.loads(line)
            if not (isinstance(row["id"], str) and isinstance(row["thought"], str) and isinstance(row["messages"], list)):
                raise ValueError("expected id and thought as texts and messages as a list")
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"{path}, line {number}: expected {{id, messages, thought}}: {error}") from error
        rows.append(row)
    return rows


def encode(tokenizer: Any, settings: Settings, row: dict[str, Any]) -> Encoded:
    """Prompt and thought as tokens, as the student meets and writes them."""
    prompt = tokenizer.apply_chat_template(
        row["messages"], add_generation_prompt=True, tokenize=False, **settings.chatTemplateKwargs
    )
    tag = settings.opening.strip()
    opening = "" if tag != "" and prompt.rstrip().endswith(tag) else settings.opening
    ids = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    before, answer = ids(opening), ids(opening + row["thought"])
    shared = 0
    while shared < min(len(before), len(answer)) and before[shared] == answer[shared]:
        shared += 1
    head = ids(prompt)
    return Encoded(row["id"], head + answer, len(head) + shared)


def batches(rows: list[Encoded], most: int) -> Iterator[list[Encoded]]:
    """Rows of about one length together; the order follows from the rows alone."""
    batch: list[Encoded] = []
    for row in sorted(rows, key=lambda one: (-len(one.tokens), one.id)):
        # The first row of a batch is its longest.
        if batch and len(batch[0].tokens) * (len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def measure(model: Any, batch: list[Encoded], pad: int) -> list[float]:
    """Sum of the negative log-probabilities of each row's thought, in nats."""
    import torch

    longest = max(len(row.tokens) for row in batch)
    ids = torch.tensor([row.tokens + [pad] * (longest - len(row.tokens)) for row in batch], device=model.device)
    mask = torch.tensor([[1] * len(row.tokens) + [0] * (longest - len(row.tokens)) for row in batch], device=model.device)
    with torch.inference_mode():
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
        sums = []
        for index, row in enumerate(batch):
            total = 0.0
            for first in range(row.start, len(row.tokens), CHUNK):
                last = min(first + CHUNK, len(row.tokens))
                # The logits at a position are about the token behind it.
                scores = logits[index, first - 1 : last - 1].float()
                chosen = scores.gather(1, ids[index, first:last, None])[:, 0]
                total += (torch.logsumexp(scores, dim=1) - chosen).double().sum().item()
            sums.append(total)
    return sums


def known_lines(path: Path) -> dict[str, int]:
    """Tokens by id of the rows that were measured before; a line that a kill cut off is cut away."""
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    rows = [json.loads(line) for line in whole.splitlines()]
    return {row["id"]: row["tokens"] for row in rows}


def most_tokens(model: Any) -> int | None:
    return getattr(model.config, "max_position_embeddings", None)


def measure_all(settings: Settings) -> dict:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    started = time.monotonic()
    output = Path(settings.outputDirectory)
    output.mkdir(parents=True, exist_ok=True)
    rows = read_rows(Path(settings.rowsFile))
    tokenizer = AutoTokenizer.from_pretrained(settings.model)
    if settings.chatTemplatePath is not None:
        tokenizer.chat_template = Path(settings.chatTemplatePath).read_text("utf8")
    model = AutoModelForCausalLM.from_pretrained(settings.model, dtype=getattr(torch, settings.precision))
    model = model.to("cuda" if torch.cuda.is_available() and not settings.cpu else "cpu").eval()
    limit = most_tokens(model)
    left, encoded = [], []
    for row in {row["id"]: row for row in rows}.values():
        one = encode(tokenizer, settings, row)
        reason = "no-thought" if one.start >= len(one.tokens) else "too-long" if limit and len(one.tokens) > limit else None
        if reason is None:
            encoded.append(one)
        else:
            left.append({"id": one.id, "reason": reason})
    lines = output / "perplexities.jsonl"
    done = known_lines(lines)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    with lines.open("a", encoding="utf8") as file:
        for batch in batches([row for row in encoded if row.id not in done], settings.batchTokens):
            for row, nll in zip(batch, measure(model, batch, pad), strict=True):
                done[row.id] = len(row.tokens) - row.start
                file.write(json.dumps({"id": row.id, "tokens": done[row.id], "nll": nll}) + "\n")
            file.flush()
            os.fsync(file.fileno())
            replace_json(output / "progress.json", {"done": len(done), "rows": len(encoded), "tokens": sum(done.values())})
    return {
        "status": "measured",
        "rows": len(encoded) + len(left),
        "measured": len(done),
        "left": sorted(left, key=lambda one: one["id"]),
        "tokens": sum(done.values()),
        "seconds": round(time.monotonic() - started, 3),
        "model": settings.model,
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
    }


def main(arguments: list[str]) -> int:
    if int(os.environ.get("RANK", "0")) > 0:
        # Launched like a training, on several GPUs: one process is enough, and only one may write.
        return 0
    if len(arguments) != 1:
        print("expected one argument: the configuration's path", file=sys.stderr)
        return 2
    output = None
    try:
        settings = read_settings(Path(arguments[0]))
        output = Path(settings.outputDirectory)
        if (output / "result.json").is_file() and json.loads((output / "result.json").read_text("utf8")).get("status") == "measured":
            print("measured before: nothing to do")
            return 0
        result = measure_all(settings)
    except Refused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            replace_json(output / "result.json", {"status": "refused", "reason": str(refusal)})
        return 2
    replace_json(output / "result.json", result)
    print(f"measured {result['measured']} of {result['rows']} thoughts, {result['tokens']} tokens in {result['seconds']} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
