"""Files between cotmill and the scripts of this folder: a configuration in, results out."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any


class Refused(Exception):
    """The configuration or the data can't be used. Trying again does not help."""


def read_values(path: Path, form: type) -> dict[str, Any]:
    """The values of a configuration, each known to the dataclass `form`. Throws Refused that names the field."""
    try:
        values = json.loads(path.read_text("utf8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} can't be read as JSON: {error}") from error
    known = {one.name for one in fields(form)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise Refused(f"{path}: unknown field {unknown[0]!r}; expected {', '.join(sorted(known))}")
    return values


def replace_json(path: Path, value: dict[str, Any]) -> None:
    """Writes a file that readers see whole: the one before, or this one."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", "utf8")
    os.replace(partial, path)
