"""What TRL's trainers make of a training view, shown by one step of training on a small model."""

import os

from view_files import files_of

# ShareGPT rows it would take too, but it then trains on the question as well and passes over the system prompt.
SFT_FORMS = ("messages", "prompt-completion")
PAIR_FORMS = ("dpo", "cogpo")

NOT_TRAINED = -100  # the label that PyTorch's loss leaves out


def read_with_trl(folder: str, view: dict, request: dict) -> dict | None:
    """For each row what is read and what is trained on, as text; None for a form that TRL has no trainer for."""
    form = view["spec"]["form"]
    if form not in SFT_FORMS + PAIR_FORMS:
        return None
    from datasets import load_dataset

    kind = view["spec"]["files"][0]
    rows = load_dataset("json" if kind == "jsonl" else kind, data_files=files_of(folder, view, kind))["train"]
    trainer = sft_trainer(rows, form, request) if form in SFT_FORMS else dpo_trainer(rows, request)
    prepared = list(trainer.train_dataset)
    decode = sft_texts if form in SFT_FORMS else pair_texts
    texts = [decode(trainer.processing_class, row) for row in prepared]
    loss = trainer.train().training_loss
    return {"columns": trainer.train_dataset.column_names, "rows": texts, "loss": loss}


def thoughts_by_template(folder: str, view: dict, request: dict) -> dict | None:
    """By the chat templates that TRL ships: whether the answer of the first row is still whole in what the student is shown."""
    if view["spec"]["form"] != "messages":
        return None
    import trl
    from datasets import load_dataset
    from transformers import AutoTokenizer

    messages = load_dataset("parquet", data_files=files_of(folder, view, "parquet"))["train"][0]["messages"]
    tokenizer = AutoTokenizer.from_pretrained(request["model"])
    whole = {}
    for name in request["templates"]:
        path = os.path.join(os.path.dirname(trl.__file__), "chat_templates", f"{name}.jinja")
        with open(path, encoding="utf-8") as file:
            text = tokenizer.apply_chat_template(messages, chat_template=file.read(), tokenize=False)
        whole[name] = messages[-1]["content"] in text
    return whole


def common_arguments(request: dict) -> dict:
    return {
        "output_dir": os.path.join(request["work"], "trl"),
        "max_steps": 1,
        "per_device_train_batch_size": 2,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": "none",
        "save_strategy": "no",
        "max_length": None,
        "disable_tqdm": True,
    }


def model_and_tokenizer(request: dict):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(request["model"], dtype=torch.float32)
    return model, AutoTokenizer.from_pretrained(request["model"])


def sft_trainer(rows, form: str, request: dict):
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = model_and_tokenizer(request)
    # prompt-completion rows are trained on their completions by default; of the others the template has to mark the answers.
    by_template = {} if form == "prompt-completion" else {"assistant_only_loss": True}
    arguments = SFTConfig(**common_arguments(request), **by_template)
    return SFTTrainer(model=model, args=arguments, train_dataset=rows, processing_class=tokenizer)


def dpo_trainer(rows, request: dict):
    from trl import DPOConfig, DPOTrainer

    model, tokenizer = model_and_tokenizer(request)
    arguments = DPOConfig(**common_arguments(request))
    return DPOTrainer(model=model, args=arguments, train_dataset=rows, processing_class=tokenizer)


def sft_texts(tokenizer, row: dict) -> dict:
    """The whole text, and the part of it that the loss is over."""
    trained = [token for token in row["labels"] if token != NOT_TRAINED]
    return {"text": tokenizer.decode(row["input_ids"]), "trained": tokenizer.decode(trained)}


def pair_texts(tokenizer, row: dict) -> dict:
    texts = {name: tokenizer.decode(row[f"{name}_ids"]) for name in ("prompt", "chosen", "rejected")}
    return {**texts, "beta": row.get("beta")}
