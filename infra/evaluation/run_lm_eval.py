"""Run lm_eval as a job: `run_lm_eval.py CONFIG`.

CONFIG is JSON: {"arguments": [...], "key_variable": "NAME" or null}. The arguments are those of `lm_eval run`. lm_eval reads the key of an endpoint from
one variable of its own; here it is taken from the one that the deployment names, so that it stands in no file and no list of processes.
"""

import json
import os
import sys
from pathlib import Path

NO_KEY = "none"


def main() -> None:
    config = json.loads(Path(sys.argv[1]).read_text())
    variable = config.get("key_variable")
    os.environ["OPENAI_API_KEY"] = (os.environ.get(variable, "").strip() if variable else "") or NO_KEY
    sys.argv = ["lm_eval", "run", *config["arguments"]]
    from lm_eval.__main__ import cli_evaluate

    cli_evaluate()


if __name__ == "__main__":
    main()
