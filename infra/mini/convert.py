"""Convert a checkpoint of this model to GGUF with 8-bit matrices."""

import argparse
import json
from pathlib import Path

import gguf
import numpy
from safetensors.numpy import load_file

ARCHITECTURE = "qwen2"
GLOBAL_TENSORS = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
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


def gguf_name(name: str) -> str:
    """The GGUF name of a checkpoint tensor, as `model.layers.2.mlp.up_proj.weight` -> `blk.2.ffn_up.weight`."""
    if name in GLOBAL_TENSORS:
        return GLOBAL_TENSORS[name]
    _, _, layer, *module, kind = name.split(".")
    return f"blk.{layer}.{LAYER_TENSORS['.'.join(module)]}.{kind}"


def add_shape(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def add_tokenizer(writer: gguf.GGUFWriter, folder: Path, config: dict) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    special = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    ordinary = {index: token for token, index in tokenizer["model"]["vocab"].items()}
    indices = range(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([special.get(index, ordinary[index]) for index in indices])
    writer.add_token_types(
        [gguf.TokenType.CONTROL if index in special else gguf.TokenType.NORMAL for index in indices]
    )
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(False)
    template = (folder / "chat_template.jinja").read_text()
    # The marks tell a trainer which tokens to learn; llama.cpp's template engine does not know them.
    for mark in ("{% generation %}", "{% endgeneration %}"):
        template = template.replace(mark, "")
    writer.add_chat_template(template)


def add_tensors(writer: gguf.GGUFWriter, folder: Path) -> None:
    for name, tensor in load_file(folder / "model.safetensors").items():
        values = tensor.astype(numpy.float32)
        if values.ndim == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(gguf_name(name), gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(gguf_name(name), values)


def convert(folder: Path, out: Path, name: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(out, ARCHITECTURE)
    writer.add_name(name)
    add_shape(writer, config)
    add_tokenizer(writer, folder, config)
    add_tensors(writer, folder)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--name", default="mini")
    arguments = parser.parse_args()
    convert(arguments.checkpoint, arguments.out, arguments.name)


if __name__ == "__main__":
    main()
