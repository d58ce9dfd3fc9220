"""How much memory of a device a training takes, from the model's config alone.

Weights, gradients and optimizer states follow from the number of parameters. What the forward pass keeps and what lives for a moment is read off
one step of the architecture on tensors without data (PyTorch's fake tensors), with few layers and then drawn out to all: layers are alike.
"""

from __future__ import annotations

import weakref
from typing import Any

MIB = 2**20
# First and second moment of Adam.
MOMENTS = 2
# Layers of the two traced models.
FEW, MORE = 2, 4
# Tokens of a row that are traced at most; longer rows are drawn out from two lengths.
LONGEST_TRACED = 4096
BYTES = {"bfloat16": 2, "float16": 2, "float32": 4}


def model_size(settings: Any) -> dict:
    """Parameters of the model, and those that the training changes."""
    import torch

    config = read_config(settings)
    with torch.device("meta"):
        model = make_model(config)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    trainable = parameters if settings.lora is None else adapter_parameters(model, settings.lora)
    text = config.get_text_config()
    return {
        "type": config.model_type,
        "parameters": parameters,
        "trainable": trainable,
        "contextLength": getattr(text, "max_position_embeddings", None),
    }


def estimate(settings: Any, longest: int) -> dict:
    """MiB by what they are for; the longest batch counts. `traced` false: the architecture runs on no fake tensors, and the total is a lower bound."""
    from train import weights_type

    size = model_size(settings)
    width = BYTES[weights_type(settings)]
    trained_width = 4  # Of weights that are trained, adapters too.
    weights = size["parameters"] * width + (0 if settings.lora is None else size["trainable"] * trained_width)
    known = {
        "weights": weights,
        "gradients": size["trainable"] * trained_width,
        "optimizer": size["trainable"] * trained_width * MOMENTS,
        # Adapters are switched off to get the reference.
        "reference": size["parameters"] * width if settings.method != "sft" and settings.lora is None else 0,
    }
    try:
        kept, moment = activations(settings, longest)
        traced = True
    except Exception as error:  # noqa: BLE001 - architectures fail in their own ways
        print(f"activations can't be traced: {type(error).__name__}: {error}")
        kept, moment, traced = 0, 0, False
    found = {name: round(value / MIB) for name, value in {**known, "activations": kept, "temporary": moment}.items()}
    return {**found, "total": sum(found.values()), "traced": traced}


def read_config(settings: Any):
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(settings.model, revision=settings.modelRevision or "main")


def make_model(config: Any, **arguments: Any):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_config(config, **arguments)


def adapted_layers(model: Any, lora: Any) -> list[tuple[Any, str, Any]]:
    """Linear layers that get an adapter, as PEFT chooses them, each with its parent and name."""
    import torch

    head = model.get_output_embeddings()

    def wanted(name: str) -> bool:
        return lora.targetModules == "all-linear" or name in lora.targetModules

    return [
        (parent, name, layer)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if isinstance(layer, torch.nn.Linear) and layer is not head and wanted(name)
    ]


def adapter_parameters(model: Any, lora: Any) -> int:
    return sum(lora.rank * (layer.in_features + layer.out_features) for _, _, layer in adapted_layers(model, lora))


def activations(settings: Any, longest: int) -> tuple[int, int]:
    """Bytes that the forward pass of the longest batch keeps for the backward pass, and bytes that come on top for a moment."""
    config = read_config(settings)
    layers = config.get_text_config().num_hidden_layers
    few, more = min(FEW, layers), min(MORE, layers)
    length = min(longest, LONGEST_TRACED)

    def at(length: int) -> tuple[float, float]:
        first = trace(settings, config, few, length)
        second = trace(settings, config, more, length) if more > few else first
        return tuple(line(few, one, more, two, layers) for one, two in zip(first, second, strict=True))

    if longest <= LONGEST_TRACED:
        kept, peak = at(longest)
    else:
        half, whole = at(length // 2), at(length)
        kept, peak = (line(length // 2, one, length, two, longest) for one, two in zip(half, whole, strict=True))
    return round(kept), round(max(0, peak - kept))


def line(x1: float, y1: float, x2: float, y2: float, x: float) -> float:
    """The straight line through two points, at x."""
    return y1 if x1 == x2 else y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def trace(settings: Any, config: Any, layers: int, length: int) -> tuple[int, int]:
    """Bytes above those of weights and gradients when the forward pass ends, and at most, of one step with so many layers."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    from train import weights_type

    small = type(config).from_dict(config.to_dict())
    text = small.get_text_config()
    text.num_hidden_layers = layers
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:layers]
    computed = getattr(torch, settings.precision)
    rows = settings.batchSize * (1 if settings.method == "sft" else 2)
    if settings.packing:
        rows, length = 1, rows * length
    with FakeTensorMode(), live_bytes() as live:
        model = make_model(small, dtype=getattr(torch, weights_type(settings)), attn_implementation="sdpa").train()
        if settings.lora is not None:
            add_adapters(model, settings)
        if settings.gradientCheckpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
            model.enable_input_require_grads()
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter)
        tokens = torch.zeros((rows, length), dtype=torch.long)
        # Rows of one batch differ in length.
        mask = torch.ones((rows, 1, length, length), dtype=torch.bool) if rows > 1 else None
        live.start()
        with torch.autocast("cpu", dtype=computed, enabled=computed != torch.float32):
            loss = (sft_loss if settings.method == "sft" else pair_loss)(model, tokens, mask)
        kept = live.now
        loss.backward()
        return kept - live.begun, live.most - live.begun


def sft_loss(model: Any, tokens: Any, mask: Any):
    """TRL's loss in chunks, all tokens in it."""
    import torch
    from trl.trainer.sft_trainer import _CHUNKED_LM_HEAD_CHUNK_SIZE, _chunk

    hidden = model.base_model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
    hidden, labels = hidden[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()
    weight = model.get_output_embeddings().weight
    loss = 0
    for start in range(0, len(labels), _CHUNKED_LM_HEAD_CHUNK_SIZE):
        part = slice(start, start + _CHUNKED_LM_HEAD_CHUNK_SIZE)
        chunk = (hidden[part], weight, None, labels[part], 1.0, None)
        loss = loss + torch.utils.checkpoint.checkpoint(_chunk, *chunk, use_reentrant=False)[0]
    return loss


def pair_loss(model: Any, tokens: Any, mask: Any):
    """TRL's log-probabilities of both sides, and once more those of the reference, which has the same shape."""
    import torch
    from trl.trainer.utils import selective_log_softmax, selective_log_softmax_and_entropy

    def logits():
        # Accelerate gives back 32 bits.
        return model(input_ids=tokens, attention_mask=mask, use_cache=False).logits.float()

    chosen = logits()
    sums = selective_log_softmax_and_entropy(chosen[:, :-1], tokens[:, 1:], entropy_requires_grad=False)[0].sum()
    with torch.no_grad():
        reference = logits()
        other = selective_log_softmax(reference[:, :-1], tokens[:, 1:]).sum()
    return sums - other


def add_adapters(model: Any, settings: Any) -> None:
    """Adapters as PEFT has them: float32 weights, input cast for them. (PEFT itself does not work on fake tensors.)"""
    import torch

    class Adapted(torch.nn.Module):
        def __init__(self, layer: Any, rank: int) -> None:
            super().__init__()
            self.layer = layer
            self.down = torch.nn.Linear(layer.in_features, rank, bias=False)
            self.up = torch.nn.Linear(rank, layer.out_features, bias=False)

        def forward(self, value: Any):
            return self.layer(value) + self.up(self.down(value.to(torch.float32))) * 2.0

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for parent, name, layer in adapted_layers(model, settings.lora):
        setattr(parent, name, Adapted(layer, settings.lora.rank))


def live_bytes():
    """Counts the bytes of all tensors that are alive, in a `with` block."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    class Live(TorchDispatchMode):
        def __init__(self) -> None:
            super().__init__()
            self.known: dict[int, weakref.ref] = {}
            self.now = self.most = self.begun = 0

        def start(self) -> None:
            self.begun = self.most = self.now

        def add(self, tensor: Any) -> None:
            storage = tensor.untyped_storage()
            key, size = id(storage), storage.nbytes()
            if key in self.known:
                return

            def gone(_: Any) -> None:
                del self.known[key]
                self.now -= size

            self.known[key] = weakref.ref(storage, gone)
            self.now += size
            self.most = max(self.most, self.now)

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
            result = function(*args, **(kwargs or {}))
            for leaf in tree_leaves(result):
                if isinstance(leaf, torch.Tensor):
                    self.add(leaf)
            return result

    return Live()
