"""Trains a student: `python train.py CONFIG.json`. SFT, DPO or CogPO with TRL, as the configuration says.

Reads one JSON file (see `Settings`), writes below its `outputDirectory`:

- `progress.json`  {step, steps, epoch, loss, tokens, tokensPerSecond, secondsLeft}: replaced whole at every log step;
- `checkpoints/`   what a run goes on from after a crash or a preemption: calling the script again with the same file resumes;
- `model/`         the trained student (with LoRA: the adapter, and the merged model when `merge` is set);
- `result.json`    last of all: {status, method, steps, resumedFrom, loss, lossCurve, tokens, seconds, model, versions}.

Exit codes: 0 trained (or was trained before); 2 the configuration or the data can't be trained on, `result.json` says why; else Python's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from job_files import Refused, read_values, replace_json

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

METHODS = ("sft", "dpo", "cogpo")
SAVED_CHECKPOINTS = 2


@dataclass(frozen=True)
class Lora:
    """Low-rank adapters in place of full training."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targetModules: str | list[str] = "all-linear"
    merge: bool = True


@dataclass(frozen=True)
class Settings:
    """What to train. Left out: the default here; there is none for what has no right answer."""

    method: str
    model: str
    trainFiles: list[str]
    outputDirectory: str
    learningRate: float
    epochs: float
    batchSize: int
    modelRevision: str | None = None
    validationFiles: list[str] = field(default_factory=list)
    gradientAccumulation: int = 1
    maxSteps: int = -1
    maxLength: int | None = None
    packing: bool = False
    assistantOnlyLoss: bool = False
    chatTemplatePath: str | None = None
    weightDecay: float = 0.0
    warmup: float = 0.0
    scheduler: str = "cosine"
    beta: float | None = None
    sftWeight: float = 0.0
    seed: int = 42
    precision: str = "bfloat16"
    gradientCheckpointing: bool = False
    saveSteps: int = 200
    logSteps: int = 10
    cpu: bool = False
    lora: Lora | None = None


def read_settings(path: Path) -> Settings:
    """Throws Refused that names the field."""
    values = read_values(path, Settings)
    lora = values.pop("lora", None)
    try:
        settings = Settings(**values, lora=None if lora is None else Lora(**lora))
    except TypeError as error:
        raise Refused(f"{path}: {error}") from error
    if settings.method not in METHODS:
        raise Refused(f"{path}: method: expected one of {', '.join(METHODS)}, got {settings.method!r}")
    if not settings.trainFiles:
        raise Refused(f"{path}: trainFiles: expected at least one file")
    if settings.method == "dpo" and settings.beta is None:
        raise Refused(f"{path}: beta: DPO needs one")
    if settings.method == "cogpo" and settings.beta is not None:
        raise Refused(f"{path}: beta: CogPO reads its betas from the rows; leave it out")
    return settings


def read_rows(settings: Settings, files: list[str]):
    """The rows of Parquet or JSON-lines files with the columns that the method needs, all others left out."""
    from datasets import load_dataset

    kind = "parquet" if files[0].endswith(".parquet") else "json"
    rows = load_dataset(kind, data_files=files, split="train")
    if settings.method == "sft":
        forms = (("messages",), ("prompt", "completion"))
    else:
        forms = (("prompt", "chosen", "rejected", *(("beta",) if settings.method == "cogpo" else ())),)
    form = next((one for one in forms if set(one) <= set(rows.column_names)), None)
    if form is None:
        wanted = " or ".join(" + ".join(one) for one in forms)
        raise Refused(f"{files[0]}: expected the columns {wanted} for {settings.method}, found {', '.join(rows.column_names)}")
    if len(rows) == 0:
        raise Refused(f"{files[0]}: no row to train on")
    return rows.select_columns(list(form))


def common_arguments(settings: Settings, output: Path) -> dict:
    """Arguments that SFTConfig and DPOConfig share."""
    arguments = {
        "output_dir": str(output / "checkpoints"),
        "num_train_epochs": settings.epochs,
        "max_steps": settings.maxSteps,
        "per_device_train_batch_size": settings.batchSize,
        "per_device_eval_batch_size": settings.batchSize,
        "gradient_accumulation_steps": settings.gradientAccumulation,
        "learning_rate": settings.learningRate,
        "weight_decay": settings.weightDecay,
        "warmup_steps": settings.warmup,
        "lr_scheduler_type": settings.scheduler,
        "seed": settings.seed,
        "data_seed": settings.seed,
        "max_length": settings.maxLength,
        "bf16": settings.precision == "bfloat16",
        "fp16": settings.precision == "float16",
        "gradient_checkpointing": settings.gradientCheckpointing,
        "save_strategy": "steps",
        "save_steps": settings.saveSteps,
        "save_total_limit": SAVED_CHECKPOINTS,
        "logging_steps": settings.logSteps,
        "logging_first_step": True,
        "report_to": "none",
        "use_cpu": settings.cpu,
        "disable_tqdm": True,
        "model_init_kwargs": {"dtype": weights_type(settings), "revision": settings.modelRevision or "main"},
    }
    if settings.validationFiles:
        arguments |= {"eval_strategy": "steps", "eval_steps": settings.saveSteps}
    return arguments


def weights_type(settings: Settings) -> str:
    """Weights that are trained stay in float32, whatever is computed with: steps of 1e-5 are lost in 16 bits. Frozen ones, below adapters, need not."""
    return "float32" if settings.lora is None else settings.precision


def make_trainer(settings: Settings, output: Path, callbacks: list, rows=None, tokenizer=None):
    """The trainer of the method, with its data prepared; rows and tokenizer are those of the settings unless they are given."""
    from peft import LoraConfig

    lora = settings.lora
    peft_config = lora and LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targetModules,
        task_type="CAUSAL_LM",
    )
    shared = {
        "model": settings.model,
        "train_dataset": rows or read_rows(settings, settings.trainFiles),
        "eval_dataset": read_rows(settings, settings.validationFiles) if settings.validationFiles else None,
        "peft_config": peft_config,
        "callbacks": callbacks,
        "processing_class": tokenizer or read_tokenizer(settings),
    }
    arguments = common_arguments(settings, output)
    if settings.method == "sft":
        from trl import SFTConfig, SFTTrainer

        sft = SFTConfig(**arguments, packing=settings.packing, assistant_only_loss=settings.assistantOnlyLoss)
        return SFTTrainer(**shared, args=sft)
    from trl import DPOConfig, DPOTrainer

    from cogpo import CogPOTrainer

    losses = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, settings.sftWeight]} if settings.sftWeight > 0 else {}
    if settings.method == "dpo":
        return DPOTrainer(**shared, args=DPOConfig(**arguments, beta=settings.beta, **losses))
    return CogPOTrainer(**shared, args=DPOConfig(**arguments, **losses))


def read_tokenizer(settings: Settings):
    """The student's own tokenizer; with `chatTemplatePath`, under another chat template."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(settings.model, revision=settings.modelRevision or "main")
    if settings.chatTemplatePath is not None:
        tokenizer.chat_template = Path(settings.chatTemplatePath).read_text("utf8")
    return tokenizer


def last_checkpoint(output: Path) -> str | None:
    """The newest checkpoint that is whole: its state file is the last that the trainer writes."""
    found = sorted((output / "checkpoints").glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    return next((str(path) for path in reversed(found) if is_whole(path)), None)


def is_whole(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / "trainer_state.json").read_text("utf8"))
    except (OSError, ValueError):
        return False
    return True


def is_first() -> bool:
    """Of several processes that train one model together, the one that speaks for all."""
    return os.environ.get("RANK", "0") == "0"


def save_model(trainer, settings: Settings, output: Path) -> str:
    """The student in the form that servers load, and where it lies."""
    import torch

    model = output / "model"
    if settings.precision != "float32" and str(trainer.accelerator.distributed_type) in ("DistributedType.NO", "DistributedType.MULTI_GPU"):
        # What was learnt in float32 is served in 16 bits. Sharded trainers save by their own settings.
        trainer.accelerator.unwrap_model(trainer.model).to(getattr(torch, settings.precision))
    if settings.lora is not None and settings.lora.merge:
        trainer.save_model(str(output / "adapter"))
        merged = trainer.accelerator.unwrap_model(trainer.model).merge_and_unload()
        merged.save_pretrained(str(model), is_main_process=is_first())
    else:
        trainer.save_model(str(model))
    if is_first():
        trainer.processing_class.save_pretrained(str(model))
    return str(model)


def train(settings: Settings) -> dict:
    from progress import ProgressWriter
    from transformers import set_seed

    set_seed(settings.seed)
    output = Path(settings.outputDirectory)
    output.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    progress = ProgressWriter(lambda value: replace_json(output / "progress.json", value))
    trainer = make_trainer(settings, output, [progress])
    checkpoint = last_checkpoint(output)
    trainer.train(resume_from_checkpoint=checkpoint)
    model = save_model(trainer, settings, output)
    state = trainer.state
    curve = [
        {key: entry[key] for key in ("step", "epoch", "loss", "eval_loss", "grad_norm", "learning_rate", "num_tokens") if key in entry}
        for entry in state.log_history
        if "loss" in entry or "eval_loss" in entry
    ]
    losses = [entry["loss"] for entry in curve if "loss" in entry]
    return {
        "status": "trained",
        "method": settings.method,
        "steps": state.global_step,
        "resumedFrom": None if checkpoint is None else int(checkpoint.rsplit("-", 1)[1]),
        "loss": losses[-1] if losses else None,
        "lossCurve": curve,
        "tokens": int(max((entry.get("num_tokens", 0) for entry in curve), default=0)),
        "rows": len(trainer.train_dataset),
        "seconds": round(time.monotonic() - started, 3),
        "model": model,
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "datasets", "peft")},
    }


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("expected one argument: the configuration's path", file=sys.stderr)
        return 2
    output = None
    try:
        settings = read_settings(Path(arguments[0]))
        output = Path(settings.outputDirectory)
        if (output / "result.json").is_file() and json.loads((output / "result.json").read_text("utf8")).get("status") == "trained":
            print("trained before: nothing to do")
            return 0
        result = train(settings)
    except Refused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            if is_first():
                replace_json(output / "result.json", {"status": "refused", "reason": str(refusal)})
        return 2
    if is_first():
        replace_json(output / "result.json", result)
    print(f"trained {result['steps']} steps in {result['seconds']} s, loss {result['loss']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
