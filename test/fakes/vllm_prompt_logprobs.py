"""A fake of the three endpoints of vLLM that perplexity needs. It is NOT vLLM: transformers computes the figures, on the CPU.

`python vllm_prompt_logprobs.py MODEL [NAME]` prints its port and serves until it is killed:

- POST /tokenize        {messages, add_generation_prompt} or {prompt, add_special_tokens} -> {count, max_model_len, tokens}
- POST /detokenize      {tokens} -> {prompt}
- POST /v1/completions  {prompt: [token ids], max_tokens, prompt_logprobs} -> choices[0].prompt_logprobs: null, then
                        {"<token id>": {logprob, rank, decoded_token}} a position

Requests that vLLM would refuse are refused with the same status.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

NAME = sys.argv[2] if len(sys.argv) > 2 else "fake"
TOKENIZER = AutoTokenizer.from_pretrained(sys.argv[1])
MODEL = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
MOST = MODEL.config.max_position_embeddings


class Rejected(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def tokenize(body: dict) -> dict:
    if "messages" in body:
        text = TOKENIZER.apply_chat_template(
            body["messages"], tokenize=False, add_generation_prompt=body.get("add_generation_prompt", True), **body.get("chat_template_kwargs", {})
        )
        tokens = TOKENIZER(text, add_special_tokens=body.get("add_special_tokens", False))["input_ids"]
    else:
        tokens = TOKENIZER(body["prompt"], add_special_tokens=body.get("add_special_tokens", True))["input_ids"]
    return {"count": len(tokens), "max_model_len": MOST, "tokens": tokens, "token_strs": None}


def complete(body: dict) -> dict:
    prompt, most = body["prompt"], body.get("prompt_logprobs")
    if body.get("max_tokens", 16) < 1:
        raise Rejected(400, f"max_tokens must be at least 1, got {body['max_tokens']}.")
    if len(prompt) + body.get("max_tokens", 16) > MOST:
        raise Rejected(400, f"This model's maximum context length is {MOST} tokens. Please reduce the length of the input messages.")
    with torch.inference_mode():
        logits = MODEL(input_ids=torch.tensor([prompt])).logits[0].float()
    logprobs = torch.log_softmax(logits, dim=1)
    answer = int(logits[-1].argmax())
    return {
        "id": "cmpl-fake",
        "object": "text_completion",
        "model": NAME,
        "choices": [
            {
                "index": 0,
                "text": TOKENIZER.decode([answer]),
                "logprobs": None,
                "finish_reason": "length",
                "prompt_logprobs": None if most is None else [None, *(entry(logprobs[at - 1], prompt[at], most) for at in range(1, len(prompt)))],
            }
        ],
        "usage": {"prompt_tokens": len(prompt), "completion_tokens": 1, "total_tokens": len(prompt) + 1},
    }


def entry(logprobs: torch.Tensor, token: int, most: int) -> dict:
    """The token that stands there, and the `most` likeliest ones."""
    likeliest = logprobs.topk(most).indices.tolist() if most > 0 else []
    return {str(one): described(logprobs, one) for one in dict.fromkeys([token, *likeliest])}


def described(logprobs: torch.Tensor, token: int) -> dict:
    return {
        "logprob": max(logprobs[token].item(), -9999.0),
        "rank": int((logprobs > logprobs[token]).sum()) + 1,
        "decoded_token": TOKENIZER.decode([token]),
    }


ROUTES = {
    "/tokenize": tokenize,
    "/detokenize": lambda body: {"prompt": TOKENIZER.decode(body["tokens"])},
    "/v1/completions": complete,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        route = ROUTES.get(self.path)
        try:
            if route is None:
                raise Rejected(404, "Not Found")
            if body.get("model") not in (None, NAME):
                raise Rejected(404, f"The model `{body['model']}` does not exist.")
            self.answer(200, route(body))
        except Rejected as rejected:
            self.answer(rejected.status, {"error": {"message": str(rejected), "type": "BadRequestError", "code": rejected.status}})

    def answer(self, status: int, value: dict) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
