"""How far a training is, for those who watch it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback


class ProgressWriter(TrainerCallback):
    """Hands {step, steps, epoch, loss, tokens, tokensPerSecond, secondsLeft} to `write` at every log step. Speed counts from this start on."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        self.write = write
        self.started: tuple[float, int, float] | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.started = (time.monotonic(), state.global_step, 0.0)
        if state.is_world_process_zero:
            self.write({"step": state.global_step, "steps": state.max_steps})

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        if not state.is_world_process_zero or self.started is None or not logs or "loss" not in logs:
            return
        began, first_step, first_tokens = self.started
        elapsed = max(time.monotonic() - began, 1e-9)
        done = state.global_step - first_step
        tokens = float(logs.get("num_tokens", 0))
        if first_tokens == 0.0 and first_step > 0:
            # A resumed run counts tokens from its first start.
            self.started = (began, first_step, tokens)
            first_tokens = tokens
        self.write(
            {
                "step": state.global_step,
                "steps": state.max_steps,
                "epoch": state.epoch,
                "loss": logs["loss"],
                "tokens": int(tokens),
                "tokensPerSecond": round((tokens - first_tokens) / elapsed, 1),
                "secondsLeft": round((state.max_steps - state.global_step) * elapsed / done, 1) if done > 0 else None,
            }
        )
