"""Reads training views back with the programs that will read them: `datasets`, TRL, LLaMA-Factory, ms-swift.

In: one JSON object on stdin, `{"model": FOLDER, "work": FOLDER, "views": [FOLDER, ...], "consumers": ["trl", "llamafactory", "ms-swift"],
"templates": [NAME, ...]}`. A view is a folder with its `view.json`; `model` is any causal model with its tokenizer and chat template, of which one training step is done on
each view; `templates` are chat templates that TRL ships.
Out: one JSON object on the last line of stdout, by the names of the views. Nothing is read from a network.
"""

import json
import os
import sys
from contextlib import redirect_stdout

from view_files import files_of

os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_DATASETS_OFFLINE="1",
    HF_DATASETS_DISABLE_PROGRESS_BARS="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    TOKENIZERS_PARALLELISM="false",
)

def main() -> None:
    request = json.load(sys.stdin)
    os.environ["HF_HOME"] = os.path.join(request["work"], "hf")  # read when datasets is first imported
    with redirect_stdout(sys.stderr):
        result = {name: read_view(folder, request) for name, folder in named(request["views"])}
    print(json.dumps(result))


def named(folders: list[str]) -> list[tuple[str, str]]:
    return [(os.path.basename(os.path.normpath(folder)), folder) for folder in folders]


def read_view(folder: str, request: dict) -> dict:
    """What each consumer made of one view: rows, columns and, from the trainers, what is trained on."""
    with open(os.path.join(folder, "view.json"), encoding="utf-8") as file:
        view = json.load(file)
    result = {"datasets": read_with_datasets(folder, view)}
    if "trl" in request["consumers"]:
        from read_views_trl import read_with_trl, thoughts_by_template

        result["trl"] = read_with_trl(folder, view, request)
        result["templates"] = thoughts_by_template(folder, view, request)
    if "llamafactory" in request["consumers"] and os.path.exists(os.path.join(folder, "dataset_info.json")):
        from read_views_llamafactory import read_with_llamafactory

        result["llamafactory"] = read_with_llamafactory(folder, view, request)
    if "ms-swift" in request["consumers"] and os.path.exists(os.path.join(folder, "ms-swift.json")):
        from read_views_swift import read_with_swift

        result["ms-swift"] = read_with_swift(folder, request)
    return result


def read_with_datasets(folder: str, view: dict) -> dict:
    """The files of each kind, and the folder as a whole, which finds the splits by the names of the files."""
    from datasets import load_dataset

    kinds = {}
    for kind in view["spec"]["files"]:
        loader = "json" if kind == "jsonl" else kind
        kinds[kind] = summary(load_dataset(loader, data_files=files_of(folder, view, kind)))
    return {**kinds, "folder": summary(load_dataset(folder))}


def summary(splits) -> dict:
    return {name: {"columns": split.column_names, "rows": split.to_list()} for name, split in splits.items()}


if __name__ == "__main__":
    main()
