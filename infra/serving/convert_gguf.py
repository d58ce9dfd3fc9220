"""Converts a checkpoint to GGUF for llama.cpp's server: `python convert_gguf.py --checkpoint DIRECTORY --out FILE --name NAME`.

Knows models of the shape of Qwen2 (Qwen2, Qwen2.5, R1-Distill-Qwen, the demonstration model) with their byte-level tokenizer; others are refused
with exit code 2: llama.cpp's own convert_hf_to_gguf.py knows them. One tensor is in memory at a time. The file appears whole or not at all.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy

MODEL_TYPE = ARCHITECTURE = "qwen2"
# The pattern that llama.cpp knows as the pre-tokenizer "qwen2": both sides must split alike.
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GLOBAL_TENSORS = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
LAYER_TENSORS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
LAYER_TENSOR = re.compile(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)")
# Marks that tell a trainer which tokens to learn; llama.cpp's template engine does not know them.
GENERATION_MARK = re.compile(r"\{%(-?)\s*(?:end)?generation\s*(-?)%\}")
QUANTIZED = gguf.GGMLQuantizationType.Q8_0
MATRIX_TYPES = {
    "q8_0": (QUANTIZED, gguf.LlamaFileType.MOSTLY_Q8_0),
    "f16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "f32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
}
PLAIN_TYPES = {gguf.GGMLQuantizationType.F32: numpy.float32, gguf.GGMLQuantizationType.F16: numpy.float16}
NUMPY_TYPES = {"F32": numpy.float32, "F16": numpy.float16, "BF16": numpy.uint16}


class Refused(Exception):
    """This converter does not know the checkpoint. Trying again does not help."""


class Tensor:
    """A tensor of a safetensors file, read when it is needed."""

    def __init__(self, file: Path, start: int, entry: dict) -> None:
        self.file, self.entry = file, entry
        self.offset = start + entry["data_offsets"][0]
        self.shape = tuple(entry["shape"])

    def values(self) -> numpy.ndarray:
        kind = self.entry["dtype"]
        raw = numpy.memmap(self.file, NUMPY_TYPES[kind], "r", self.offset, self.shape)
        if kind == "BF16":
            return (raw.astype(numpy.uint32) << 16).view(numpy.float32)
        return raw.astype(numpy.float32)


def read_tensors(folder: Path) -> Iterator[tuple[str, Tensor]]:
    """Throws Refused. The form of safetensors: eight bytes with the length of a JSON header, the header, the numbers."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise Refused(f"{folder} has no *.safetensors")
    for path in files:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            if entry["dtype"] not in NUMPY_TYPES:
                raise Refused(f"{path}: {name} has numbers of type {entry['dtype']}: expected {', '.join(NUMPY_TYPES)}")
            yield name, Tensor(path, 8 + length, entry)


def gguf_name(name: str) -> str:
    """The GGUF name of a checkpoint tensor, as `model.layers.2.mlp.up_proj.weight` -> `blk.2.ffn_up.weight`."""
    if name in GLOBAL_TENSORS:
        return GLOBAL_TENSORS[name]
    found = LAYER_TENSOR.fullmatch(name)
    if found is None or found[2] not in LAYER_TENSORS:
        raise Refused(f"tensor {name}: models of the shape of Qwen2 have none of this name")
    return f"blk.{found[1]}.{LAYER_TENSORS[found[2]]}.{found[3]}"


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text("utf8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: expected a file of a checkpoint: {error}") from error


def read_config(folder: Path) -> dict:
    config = read_json(folder / "config.json")
    if config.get("model_type") != MODEL_TYPE:
        raise Refused(f"{folder}/config.json: model_type: expected {MODEL_TYPE!r}, found {config.get('model_type')!r}")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if rope.get("rope_type", rope.get("type", "default")) != "default":
        raise Refused(f"{folder}/config.json: a context that is stretched by {rope} is not known here")
    if config.get("use_sliding_window"):
        raise Refused(f"{folder}/config.json: use_sliding_window is not known here")
    return config


def add_shape(writer: gguf.GGUFWriter, config: dict, file_type: gguf.LlamaFileType) -> None:
    rope = config.get("rope_parameters") or config
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_file_type(file_type)


def check_pre_tokenizer(folder: Path, tokenizer: dict) -> None:
    steps = tokenizer.get("pre_tokenizer") or {}
    patterns = [
        step.get("pattern", {}).get("Regex") for step in steps.get("pretokenizers", [steps]) if step.get("type") == "Split"
    ]
    if tokenizer["model"].get("type") != "BPE" or patterns != [SPLIT_PATTERN]:
        raise Refused(f"{folder}/tokenizer.json: expected the tokenizer of Qwen2: byte-level BPE, split by its pattern")


def add_tokens(writer: gguf.GGUFWriter, tokenizer: dict, size: int) -> None:
    """As many as the embedding has rows: some of them stand for nothing."""
    tokens = {index: (token, gguf.TokenType.NORMAL) for token, index in tokenizer["model"]["vocab"].items()}
    for added in tokenizer["added_tokens"]:
        kind = gguf.TokenType.CONTROL if added.get("special") else gguf.TokenType.USER_DEFINED
        tokens[added["id"]] = (added["content"], kind)
    every = [tokens.get(index, (f"[PAD{index}]", gguf.TokenType.UNUSED)) for index in range(size)]
    writer.add_token_list([token for token, _ in every])
    writer.add_token_types([kind for _, kind in every])
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])


def content_of(token: str | dict | None) -> str | None:
    return token["content"] if isinstance(token, dict) else token


def add_special_tokens(writer: gguf.GGUFWriter, config: dict, settings: dict, tokenizer: dict) -> None:
    ids = {added["content"]: added["id"] for added in tokenizer["added_tokens"]}
    end = ids.get(content_of(settings.get("eos_token")), config.get("eos_token_id"))
    pad = ids.get(content_of(settings.get("pad_token")), config.get("pad_token_id"))
    end = end[0] if isinstance(end, list) else end
    if end is None:
        raise Refused("the tokenizer has no eos_token: nothing would end an answer")
    writer.add_eos_token_id(end)
    if pad is not None:
        writer.add_pad_token_id(pad)
    writer.add_add_bos_token(bool(settings.get("add_bos_token", False)))


def chat_template(folder: Path, settings: dict) -> str:
    file = folder / "chat_template.jinja"
    template = file.read_text("utf8") if file.exists() else settings.get("chat_template")
    if not isinstance(template, str):
        raise Refused(f"{folder} has no chat template: expected chat_template.jinja, or one in tokenizer_config.json")
    # A mark with a dash takes the white space beside it away; so does the comment in its place.
    return GENERATION_MARK.sub(lambda mark: f"{{#{mark[1]} {mark[2]}#}}" if mark[1] or mark[2] else "", template)


def add_tokenizer(writer: gguf.GGUFWriter, folder: Path, config: dict) -> None:
    tokenizer = read_json(folder / "tokenizer.json")
    settings = read_json(folder / "tokenizer_config.json")
    check_pre_tokenizer(folder, tokenizer)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    add_tokens(writer, tokenizer, config["vocab_size"])
    add_special_tokens(writer, config, settings, tokenizer)
    writer.add_chat_template(chat_template(folder, settings))


def stored_type(shape: tuple[int, ...], wanted: gguf.GGMLQuantizationType) -> gguf.GGMLQuantizationType:
    """Vectors stay exact, and rows that can't be cut into blocks of the wanted type become 16-bit numbers."""
    if len(shape) < 2:
        return gguf.GGMLQuantizationType.F32
    block, _ = gguf.GGML_QUANT_SIZES[wanted]
    return wanted if shape[-1] % block == 0 else gguf.GGMLQuantizationType.F16


def model_tensors(folder: Path, config: dict) -> list[tuple[str, Tensor]]:
    tied = config.get("tie_word_embeddings", False)
    return [
        (gguf_name(name), tensor) for name, tensor in read_tensors(folder) if not (tied and name == "lm_head.weight")
    ]


def add_description(
    writer: gguf.GGUFWriter, name: str, shape: tuple[int, ...], kind: gguf.GGMLQuantizationType
) -> None:
    """Quantized ones are described to the writer as the bytes that they become."""
    block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    size = int(numpy.prod(shape)) // block * block_bytes
    if kind in PLAIN_TYPES:
        writer.add_tensor_info(name, shape, numpy.dtype(PLAIN_TYPES[kind]), size)
    else:
        stored = (*shape[:-1], shape[-1] // block * block_bytes)
        writer.add_tensor_info(name, stored, numpy.dtype(numpy.uint8), size, raw_dtype=kind)


def write_tensors(writer: gguf.GGUFWriter, tensors: list[tuple[str, Tensor]], wanted: gguf.GGMLQuantizationType) -> None:
    """First what they are, then their numbers one after another: the whole model is never in memory."""
    for name, tensor in tensors:
        add_description(writer, name, tensor.shape, stored_type(tensor.shape, wanted))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, tensor in tensors:
        writer.write_tensor_data(gguf.quants.quantize(tensor.values(), stored_type(tensor.shape, wanted)))


def convert(folder: Path, out: Path, name: str, matrices: str = "q8_0") -> None:
    """Throws Refused."""
    config = read_config(folder)
    kind, file_type = MATRIX_TYPES[matrices]
    tensors = model_tensors(folder, config)
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    writer = gguf.GGUFWriter(partial, ARCHITECTURE)
    try:
        writer.add_name(name)
        add_shape(writer, config, file_type)
        add_tokenizer(writer, folder, config)
        write_tensors(writer, tensors, kind)
        writer.close()
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--matrices", choices=MATRIX_TYPES, default="q8_0", help="how matrices are kept")
    arguments = parser.parse_args()
    try:
        convert(arguments.checkpoint, arguments.out, arguments.name, arguments.matrices)
    except Refused as refused:
        print(f"convert_gguf: {refused}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
