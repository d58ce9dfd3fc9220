"""A small client of the OpenAI-compatible API, and how to read the model's answers."""

import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from roles import Message

JUDGE_TEMPERATURE = 0.0
WRITER_TEMPERATURE = 0.8
LONGEST_ANSWER = 512
TIMEOUT_SECONDS = 600

THOUGHT = re.compile(r"<think>\n?(.*?)\n?</think>", re.DOTALL)
BOXED = re.compile(r"\\boxed\{(\d+)\}")


@dataclass(frozen=True)
class Request:
    messages: list[Message]
    temperature: float
    seed: int = 0
    extra: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the model wrote; the thought stands in the content or apart, as the server likes."""

    content: str
    reasoning: str
    tokens: int

    @property
    def thought(self) -> str:
        found = THOUGHT.search(self.content)
        return found.group(1) if found else self.reasoning.strip()

    @property
    def number(self) -> int | None:
        found = BOXED.findall(self.content)
        return int(found[-1]) if found else None

    @property
    def judgement(self) -> dict:
        try:
            value = json.loads(self.content)
        except json.JSONDecodeError:
            return {}
        return value if isinstance(value, dict) else {}


def schema_format(name: str, properties: dict) -> dict:
    """The request fields that hold an answer to a JSON schema."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"response_format": {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": True}}}


@dataclass(frozen=True)
class Client:
    base_url: str
    parallel: int = 8

    def ask(self, request: Request) -> Answer:
        body = {
            "model": "mini",
            "messages": request.messages,
            "temperature": request.temperature,
            "seed": request.seed,
            "max_tokens": LONGEST_ANSWER,
            **request.extra,
        }
        call = urllib.request.Request(
            f"{self.base_url}/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(call, timeout=TIMEOUT_SECONDS) as response:
            reply = json.load(response)
        message = reply["choices"][0]["message"]
        return Answer(
            message.get("content") or "", message.get("reasoning_content") or "", reply["usage"]["completion_tokens"]
        )

    def ask_all(self, requests: list[Request]) -> list[Answer]:
        with ThreadPoolExecutor(self.parallel) as pool:
            return list(pool.map(self.ask, requests))
