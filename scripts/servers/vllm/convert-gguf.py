"""Turns a GGUF file of a Llama into a folder as transformers saves one, in float32.

    convert-gguf.py MODEL.gguf FOLDER

By hand, as transformers wants a further package to read GGUF. Needs gguf, torch, transformers.
"""

import json
import os
import sys

import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from transformers import AutoTokenizer

OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
INNER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}

source, folder = sys.argv[1:]
reader = GGUFReader(source)


def field(name):
    found = reader.get_field(name)
    return None if found is None else found.contents()


heads = field("llama.attention.head_count")
key_value_heads = field("llama.attention.head_count_kv")
width = field("llama.embedding_length")


def unpermuted(weight, count):
    """Undoes the order in which llama.cpp keeps the rows that it rotates."""
    rows, columns = weight.shape
    return weight.reshape(count, rows // count // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def converted(tensor):
    name = tensor.name.removesuffix(".weight")
    weight = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy()).float()
    if not name.startswith("blk."):
        return OUTER[name] + ".weight", weight.contiguous()
    _, layer, part = name.split(".", 2)
    if part in ("attn_q", "attn_k"):
        weight = unpermuted(weight, heads if part == "attn_q" else key_value_heads)
    return f"model.layers.{layer}.{INNER[part]}.weight", weight.contiguous()


def write(name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file, indent=1)


state = dict(converted(tensor) for tensor in reader.tensors)
ends = {"bos_token_id": field("tokenizer.ggml.bos_token_id"), "eos_token_id": field("tokenizer.ggml.eos_token_id")}
config = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": width,
    "intermediate_size": field("llama.feed_forward_length"),
    "num_hidden_layers": field("llama.block_count"),
    "num_attention_heads": heads,
    "num_key_value_heads": key_value_heads,
    "head_dim": width // heads,
    "vocab_size": state["model.embed_tokens.weight"].shape[0],
    "max_position_embeddings": field("llama.context_length"),
    "rms_norm_eps": field("llama.attention.layer_norm_rms_epsilon"),
    "rope_theta": field("llama.rope.freq_base"),
    "tie_word_embeddings": "lm_head.weight" not in state,
    "attention_bias": False,
    "mlp_bias": False,
    "torch_dtype": "float32",
    **ends,
}
os.makedirs(folder)
save_file(state, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
write("config.json", config)
write("generation_config.json", ends)
tokenizer = AutoTokenizer.from_pretrained(os.path.dirname(source), gguf_file=os.path.basename(source))
tokenizer.chat_template = tokenizer.chat_template or field("tokenizer.chat_template")
tokenizer.save_pretrained(folder)
