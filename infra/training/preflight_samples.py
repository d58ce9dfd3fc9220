"""What becomes of single rows on their way through the student's chat template into the loss."""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass
from typing import Any

NOT_TRAINED = -100
# A thought without its end was cut by the token limit of its teacher.
THOUGHTS = (
    re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL),
    re.compile(r"<\|begin_of_thought\|>(.*?)(?:<\|end_of_thought\|>|\Z)", re.DOTALL),
)
TAGS = ("<think>", "</think>", "<|begin_of_thought|>", "<|end_of_thought|>")
EXCERPT = 400


@dataclass(frozen=True)
class Prepared:
    """Rows as the trainer has them, uncut. `rows` None: it can't prepare them at all. `fault`: why not as the settings ask for."""

    settings: Any
    tokenizer: Any
    source: Any
    rows: Any
    # The template that TRL puts in place of the model's own.
    template: str | None
    fault: str | None


@dataclass(frozen=True)
class Sample:
    """One answer. `becomes`: what the template makes of it, with the end of the question where that can't be told apart."""

    answer: str
    becomes: str
    withThought: bool
    rendered: bool
    trained: bool
    trainedWhenCut: bool
    doubledTags: bool
    otherPrompt: bool


FINDINGS = ("withThought", "rendered", "trained", "trainedWhenCut", "doubledTags", "otherPrompt")


def look_at_samples(prepared: Prepared, samples: int) -> tuple[dict, dict | None]:
    """Counts of what was found, and an example of what gets lost."""
    total = len(prepared.source)
    drawn = sorted(random.Random(prepared.settings.seed + 1).sample(range(total), min(total, samples)))
    looked = [(index, look_at(prepared, index)) for index in drawn]
    counts = {name: sum(getattr(sample, name) for _, sample in looked) for name in FINDINGS}
    bad = next(((index, one) for index, one in looked if (one.withThought and not one.trained) or one.doubledTags), None)
    example = bad and {"row": bad[0], "answer": bad[1].answer[:EXCERPT], "becomes": bad[1].becomes[:EXCERPT]}
    return {"looked": len(drawn), **counts}, example


def look_at(prepared: Prepared, index: int) -> Sample:
    question, answer = split_row(prepared.source[index])
    thought = thought_of(answer)
    becomes, other_prompt = rendered(prepared, question, answer)
    limit = prepared.settings.maxLength or sys.maxsize
    places = trained_places(prepared, index)

    def learnt(limit: int) -> bool:
        return thought is not None and holds(prepared.tokenizer, [token for token, place in places if place < limit], thought)

    return Sample(
        answer=answer,
        becomes=becomes,
        withThought=thought is not None,
        rendered=thought is not None and squashed(thought) in squashed(becomes),
        trained=learnt(sys.maxsize),
        trainedWhenCut=learnt(limit),
        doubledTags=any(becomes.count(tag) > max(1, answer.count(tag)) for tag in TAGS),
        otherPrompt=other_prompt,
    )


def plain_text(row: dict) -> bool:
    return isinstance(row.get("prompt"), str)


def split_row(row: dict) -> tuple[Any, str]:
    """Question and answer; of a pair the chosen one."""
    if "messages" in row:
        return row["messages"][:-1], row["messages"][-1]["content"]
    answer = row["completion"] if "completion" in row else row["chosen"]
    return row["prompt"], answer if isinstance(answer, str) else "".join(message["content"] for message in answer)


def thought_of(answer: str) -> str | None:
    found = next((match for match in (form.search(answer) for form in THOUGHTS) if match), None)
    return (found[1].strip() or None) if found else None


def rendered(prepared: Prepared, question: Any, answer: str) -> tuple[str, bool]:
    """What the template makes of the answer, and whether the student will be asked with another text than it is trained behind."""
    if isinstance(question, str):
        return answer, False

    def render(messages: list, template: str | None = prepared.template, **arguments: Any) -> str:
        return prepared.tokenizer.apply_chat_template(messages, tokenize=False, chat_template=template, **arguments)

    try:
        whole, before = render([*question, {"role": "assistant", "content": answer}]), render(question)
        # Whoever serves the student knows its own template alone.
        asked = render(question, template=None, add_generation_prompt=True)
    except Exception:  # noqa: BLE001 - the trainer failed at it too, which is reported
        return "", False
    return whole.removeprefix(before), not whole.startswith(asked)


def trained_places(prepared: Prepared, index: int) -> list[tuple[int, int]]:
    """Tokens in the loss, each with its place in the row; of a pair, those of the chosen side."""
    if prepared.rows is None or prepared.fault is not None:
        return []
    row = prepared.rows[index]
    if "labels" in row:
        return [(token, place) for place, token in enumerate(row["labels"]) if token != NOT_TRAINED]
    return [(token, place) for place, token in enumerate(row["chosen_ids"], len(row["prompt_ids"]))]


def answer_place(prepared: Prepared, index: int) -> int:
    """Place of the answer's first token in a row of SFT."""
    labels = prepared.rows[index]["labels"]
    if labels and labels[0] == NOT_TRAINED:
        return next((place for place, label in enumerate(labels) if label != NOT_TRAINED), len(labels))
    question, _ = split_row(prepared.source[index])
    if isinstance(question, str):
        return len(prepared.tokenizer(question)["input_ids"])
    asked = prepared.tokenizer.apply_chat_template(question, tokenize=True, add_generation_prompt=True, return_dict=True)
    return len(asked["input_ids"])


def holds(tokenizer: Any, tokens: list[int], thought: str) -> bool:
    """Whether the thought stands in the tokens. It goes through the tokenizer too: some write texts back in another form."""
    again = tokenizer.decode(tokenizer(thought, add_special_tokens=False)["input_ids"])
    return squashed(again) in squashed(tokenizer.decode(tokens))


def squashed(text: str) -> str:
    """Templates and tokenizers trim and add white space, which is not what is looked for."""
    return "".join(text.split())
