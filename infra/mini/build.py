"""Build everything in model/ again: tokenizer, training, weak student, conversion, questions, evaluation."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The weak student is chosen among snapshots of these parts of the training.
SNAPSHOT_PARTS = (0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)


def run(script: str, *options: object) -> None:
    print(f"== {script}", flush=True)
    subprocess.run([sys.executable, HERE / script, *map(str, options)], check=True)


@contextmanager
def served(model: Path) -> Iterator[str]:
    """The base URL of a server of the model, which ends with the block."""
    command = [sys.executable, HERE / "serve.py", "--model", model, "--port", "0", "--parent-pid", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = json.loads(server.stdout.readline())["port"]
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def train_models(work: Path, minutes: float) -> None:
    teacher = work / "teacher"
    run("tokenizer.py", "--out", work / "tokenizer")
    parts = [option for part in SNAPSHOT_PARTS for option in ("--snapshot-at", part)]
    run("train.py", "--tokenizer", work / "tokenizer", "--out", teacher, "--minutes", minutes, *parts)
    snapshots = [option for part in SNAPSHOT_PARTS for option in ("--snapshot", work / f"teacher-{round(100 * part)}")]
    run("weak_student.py", *snapshots, "--out", work / "weak-student")


def collect(work: Path, out: Path) -> None:
    """Put both checkpoints and their GGUF files into the folder of the shipped models."""
    out.mkdir(parents=True, exist_ok=True)
    for name, gguf_file in (("teacher", "mini-q8_0.gguf"), ("weak-student", "weak-student-q8_0.gguf")):
        shutil.copytree(work / name, out / name, dirs_exist_ok=True)
        run("../serving/convert_gguf.py", "--checkpoint", work / name, "--out", out / gguf_file, "--name", name)


def evaluate(out: Path, count: int) -> None:
    with served(out / "mini-q8_0.gguf") as base_url:
        run("evaluate.py", "--base-url", base_url, "--count", count, "--out", out / "evaluation.json")
    with served(out / "weak-student-q8_0.gguf") as base_url:
        solving = ("--only", "solve greedy", "--only", "solve sampled")
        run(
            "evaluate.py",
            *("--base-url", base_url, "--count", count, *solving),
            *("--out", out / "weak-student-evaluation.json"),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=28, help="processor time for training the teacher")
    parser.add_argument("--count", type=int, default=300, help="problems a measurement")
    parser.add_argument("--out", type=Path, default=HERE / "model")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mini-") as folder:
        train_models(Path(folder), arguments.minutes)
        collect(Path(folder), arguments.out)
    run("questions.py", "--out", HERE / "questions.jsonl")
    evaluate(arguments.out, arguments.count)


if __name__ == "__main__":
    main()
