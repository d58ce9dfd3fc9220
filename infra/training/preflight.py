"""Looks at a training before a GPU is booked: `python preflight.py REQUEST.json`. Loads no weights and needs no GPU.

The request is one JSON object, see `Request`. Rows are prepared by the very trainer that would train on them, over a stand-in model of a few
hundred parameters, and uncut: what cutting does to them is counted here.

Writes `report`: counts and shares, never a text of a row. Beside it, `example.json` shows the first thought that gets lost.

Exit codes: 0 a report was written, whatever it says; 2 the request, the configuration or the data can't be read, and the report is
{schema, refused}; else Python's.
"""

from __future__ import annotations

import hashlib
import math
import random
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import train  # First of all: it sets what tokenizers read when they are imported.
from job_files import Refused, read_values, replace_json
from preflight_memory import estimate, model_size
from preflight_samples import Prepared, answer_place, look_at_samples, plain_text

NOT_TRAINED = -100
ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Request:
    """What to look at. `config`: path of the configuration that `train.py` would get. `report`: path of what is written."""

    config: str
    report: str
    # Rows that are looked at one by one.
    samples: int = 64
    # Rows that are prepared and counted at most; of more, so many are drawn by the training's seed.
    maxRows: int = 20_000
    # Processes that train together, each with batches of its own.
    devices: int = 1
    # Speed of the training, all devices together, where it is known.
    tokensPerSecond: float | None = None


def read_request(path: Path) -> Request:
    try:
        return Request(**read_values(path, Request))
    except TypeError as error:
        raise Refused(f"{path}: {error}") from error


def check(request: Request, settings: train.Settings) -> tuple[dict, dict | None]:
    """The report, and an example of what is lost."""
    rows = train.read_rows(settings, settings.trainFiles)
    total = len(rows)
    drawn = random.Random(settings.seed).sample(range(total), min(total, request.maxRows))
    prepared = prepare(settings, rows.select(sorted(drawn)))
    samples, example = look_at_samples(prepared, request.samples)
    counts = count(prepared)
    read = len(prepared.source)
    size = training_size(settings, counts, rows_at_all=total / read, devices=request.devices)
    report = {
        "schema": 1,
        "method": settings.method,
        "model": model_size(settings),
        "template": template_report(prepared),
        "rows": {"total": total, "read": read},
        "samples": samples,
        "lengths": length_report(counts.lengths),
        "cut": {"maxLength": settings.maxLength, "rows": counts.cut, "withoutAnswer": counts.without_answer},
        "withoutLoss": counts.without_loss,
        "equalPairs": counts.equal_pairs,
        **size,
        "memory": estimate(settings, longest_row(settings, counts.lengths)),
        "seconds": round(size["tokens"]["total"] / request.tokensPerSecond, 1) if request.tokensPerSecond else None,
    }
    return report, example


def prepare(settings: train.Settings, rows) -> Prepared:
    """Lets the trainer of the method prepare the rows. Where it can't find the answers, they are prepared without a mask, to be counted."""
    tokenizer = train.read_tokenizer(settings)
    fault = None
    for masked in dict.fromkeys((settings.assistantOnlyLoss, False)):
        try:
            trainer = make_trainer(replace(settings, assistantOnlyLoss=masked), rows, tokenizer)
            return Prepared(settings, tokenizer, rows, trainer.train_dataset, getattr(trainer, "chat_template", None), fault)
        except Exception as error:  # noqa: BLE001 - what a template raises is the finding
            fault = first_line(error)
    return Prepared(settings, tokenizer, rows, None, None, fault)


def first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}"[:500]


def make_trainer(settings: train.Settings, rows, tokenizer):
    """`train.py`'s trainer of uncut rows. Preparing rows needs no model, but a trainer can't be had without one."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    uncut = {"maxLength": None, "packing": False, "validationFiles": []}
    no_gpu = {"cpu": True, "precision": "float32", "gradientCheckpointing": False, "lora": None}
    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1}
    with tempfile.TemporaryDirectory() as stand_in:
        Qwen2ForCausalLM(Qwen2Config(vocab_size=8, **shape)).save_pretrained(stand_in)
        plain = replace(settings, model=stand_in, **uncut, **no_gpu)
        return train.make_trainer(plain, Path(stand_in), [], rows=rows, tokenizer=tokenizer)


def template_report(prepared: Prepared) -> dict:
    if plain_text(prepared.source[0]):
        return {"sha256": None, "origin": "none", "fault": prepared.fault}
    origin = "model" if prepared.settings.chatTemplatePath is None else "file"
    text = prepared.template or prepared.tokenizer.chat_template or ""
    digest = hashlib.sha256(text.encode("utf8")).hexdigest()
    return {"sha256": digest, "origin": "trl" if prepared.template else origin, "fault": prepared.fault}


@dataclass
class Counts:
    """Sums over the prepared rows. `lengths`: uncut, of a pair its longer side. `kept`: rows that the trainer does not drop."""

    lengths: list[int]
    kept: int = 0
    tokens: int = 0
    loss_tokens: int = 0
    cut: int = 0
    without_answer: int = 0
    without_loss: int = 0
    equal_pairs: int | None = None
    # Sequences that packing makes of the rows.
    packed: int | None = None


def count(prepared: Prepared) -> Counts:
    if prepared.rows is None:
        return Counts([0], equal_pairs=None if prepared.settings.method == "sft" else 0, without_loss=len(prepared.source))
    return count_rows(prepared) if prepared.settings.method == "sft" else count_pairs(prepared)


def count_rows(prepared: Prepared) -> Counts:
    """Rows of SFT. As the trainer does, rows without a token in the loss are dropped unless they are packed."""
    import numpy

    settings, counts = prepared.settings, Counts([])
    limit = settings.maxLength or sys.maxsize
    tables = prepared.rows.select_columns(["input_ids", "labels"]).with_format("arrow")
    for start in range(0, len(tables), ROWS_AT_ONCE):
        labels = tables[start : start + ROWS_AT_ONCE].column("labels").combine_chunks()
        offsets = labels.offsets.to_numpy()
        lengths = numpy.diff(offsets)
        row = numpy.repeat(numpy.arange(len(lengths)), lengths)
        place = numpy.arange(len(row)) - numpy.repeat(offsets[:-1] - offsets[0], lengths)
        in_loss = labels.flatten().to_numpy() != NOT_TRAINED
        kept_loss = numpy.bincount(row[in_loss & (place < limit)], minlength=len(lengths))
        dropped = kept_loss == 0
        counts.lengths += lengths.tolist()
        counts.without_loss += len(lengths) if prepared.fault else int(dropped.sum())
        counts.cut += int((lengths > limit).sum())
        counts.kept += int((~dropped).sum())
        counts.tokens += int(numpy.minimum(lengths, limit)[~dropped].sum())
        counts.loss_tokens += int(kept_loss.sum())
        counts.without_answer += sum(answer_place(prepared, start + int(one)) >= limit for one in numpy.flatnonzero(lengths > limit))
    if settings.packing:
        from trl import pack_dataset

        rows = prepared.rows.select_columns(["input_ids", "labels"])
        counts.packed = len(pack_dataset(rows, settings.maxLength, "bfd")) if settings.maxLength else None
    return counts


def count_pairs(prepared: Prepared) -> Counts:
    """Pairs. As the trainer does, those whose question alone fills the length are dropped."""
    counts = Counts([], equal_pairs=0)
    limit = prepared.settings.maxLength or sys.maxsize
    for pair in prepared.rows.select_columns(["prompt_ids", "chosen_ids", "rejected_ids"]):
        question, chosen, rejected = (pair[f"{side}_ids"] for side in ("prompt", "chosen", "rejected"))
        room = max(0, limit - len(question))
        sides = [min(len(question) + len(side), limit) for side in (chosen, rejected)]
        counts.lengths.append(len(question) + max(len(chosen), len(rejected)))
        counts.cut += counts.lengths[-1] > limit
        counts.equal_pairs += chosen == rejected
        counts.without_loss += chosen[:room] == rejected[:room]
        counts.without_answer += room == 0
        if room > 0:
            counts.kept += 1
            counts.tokens += sum(sides)
            counts.loss_tokens += sum(sides) - 2 * len(question)
    return counts


def length_report(lengths: list[int]) -> dict:
    ordered = sorted(lengths)

    def quantile(share: float) -> int:
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]

    quantiles = {f"p{percent}": quantile(percent / 100) for percent in (10, 50, 90, 95, 99)}
    return {"mean": round(sum(lengths) / len(lengths), 1), **quantiles, "max": ordered[-1]}


def longest_row(settings: train.Settings, lengths: list[int]) -> int:
    """Tokens of the longest row that the model gets."""
    if settings.packing and settings.maxLength:
        return settings.maxLength
    return min(max(lengths), settings.maxLength or sys.maxsize)


def training_size(settings: train.Settings, counts: Counts, *, rows_at_all: float, devices: int) -> dict:
    """Steps and tokens of the whole training, as transformers counts them. `rows_at_all`: rows that there are for each that was counted."""
    sequences = round((counts.kept if counts.packed is None else counts.packed) * rows_at_all)
    batches = math.ceil(math.ceil(sequences / settings.batchSize) / devices)
    steps_an_epoch = max(1, math.ceil(batches / settings.gradientAccumulation))
    steps = settings.maxSteps if settings.maxSteps > 0 else math.ceil(settings.epochs * steps_an_epoch)
    epoch = round(counts.tokens * rows_at_all)
    tokens = {"epoch": epoch, "total": round(epoch * steps / steps_an_epoch), "loss": round(counts.loss_tokens * rows_at_all)}
    return {"steps": steps, "tokens": tokens}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("expected one argument: the request's path", file=sys.stderr)
        return 2
    report = None
    try:
        request = read_request(Path(arguments[0]))
        report = Path(request.report)
        found, example = check(request, train.read_settings(Path(request.config)))
    except Refused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        if report is not None:
            replace_json(report, {"schema": 1, "refused": str(refusal)})
        return 2
    if example is not None:
        replace_json(report.with_name("example.json"), example)
    replace_json(report, found)
    print(f"looked at {found['samples']['looked']} of {found['rows']['total']} rows: {found['steps']} steps, {found['tokens']['total']} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
