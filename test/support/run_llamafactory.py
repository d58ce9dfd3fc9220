"""LLaMA-Factory's SFT by its own code: `python run_llamafactory.py CONFIG.yaml`.

Its command line also loads what this environment does not have in the versions that it asks for: torchaudio, and the value heads of an older TRL.
"""

import importlib.machinery
import os
import sys
import types

stub = types.ModuleType("torchaudio")
stub.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
sys.modules["torchaudio"] = stub
os.environ["DISABLE_VERSION_CHECK"] = "1"

import trl  # noqa: E402

trl.AutoModelForCausalLMWithValueHead = type("NotThere", (), {})

from llamafactory.hparams import get_train_args, read_args  # noqa: E402
from llamafactory.train.callbacks import LogCallback  # noqa: E402
from llamafactory.train.sft import run_sft  # noqa: E402

run_sft(*get_train_args(read_args()), callbacks=[LogCallback()])
