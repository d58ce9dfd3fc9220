"""Where the files of a training view lie."""

import os


def files_of(folder: str, view: dict, kind: str) -> dict:
    """Paths of a kind of file by split."""
    return {
        split: [os.path.join(folder, name) for name in names if name.endswith(f".{kind}")]
        for split, names in view["files"].items()
    }
