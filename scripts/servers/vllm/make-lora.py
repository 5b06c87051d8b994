"""Writes a LoRA adapter of small random weights for the model in a folder: rank 8, for queries and values.

    make-lora.py MODEL_FOLDER OUT_FOLDER

It shifts the probabilities, so that its answers can be told from the model's own.
"""

import json
import os
import sys

import torch
from safetensors.torch import save_file

RANK = 8

model, folder = sys.argv[1:]
with open(os.path.join(model, "config.json")) as file:
    config = json.load(file)
width = config["hidden_size"]
widths_out = {
    "q_proj": config["num_attention_heads"] * config["head_dim"],
    "v_proj": config["num_key_value_heads"] * config["head_dim"],
}
torch.manual_seed(0)
state = {}
for layer in range(config["num_hidden_layers"]):
    for part, width_out in widths_out.items():
        name = f"base_model.model.model.layers.{layer}.self_attn.{part}"
        state[name + ".lora_A.weight"] = torch.randn(RANK, width) * 0.05
        state[name + ".lora_B.weight"] = torch.randn(width_out, RANK) * 0.05

os.makedirs(folder)
save_file(state, os.path.join(folder, "adapter_model.safetensors"), metadata={"format": "pt"})
adapter = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "base_model_name_or_path": "smollm2",
    "r": RANK,
    "lora_alpha": 2 * RANK,
    "lora_dropout": 0.0,
    "bias": "none",
    "target_modules": sorted(widths_out),
    "inference_mode": True,
}
with open(os.path.join(folder, "adapter_config.json"), "w") as file:
    json.dump(adapter, file, indent=1)
