"""Writes a tiny Llava of random weights with the tokenizer of the model in a folder: 56 x 56 pixels, 16 tokens a picture.

    make-llava.py TOKENIZER_FOLDER OUT_FOLDER
"""

import os
import sys

from safetensors.torch import load_file, save_file
from transformers import (
    AutoTokenizer,
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

PIXELS, PATCH = 56, 14
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

source, folder = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(source)
tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
tokenizer.chat_template = TEMPLATE
vision = CLIPVisionConfig(
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    projection_dim=64,
    image_size=PIXELS,
    patch_size=PATCH,
)
text = LlamaConfig(
    vocab_size=len(tokenizer),
    hidden_size=128,
    intermediate_size=256,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=2048,
    bos_token_id=tokenizer.bos_token_id,
    eos_token_id=tokenizer.eos_token_id,
    pad_token_id=tokenizer.pad_token_id,
)
config = LlavaConfig(
    vision_config=vision,
    text_config=text,
    image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    image_seq_length=(PIXELS // PATCH) ** 2,
    vision_feature_layer=-1,
    vision_feature_select_strategy="default",
)
LlavaForConditionalGeneration(config).save_pretrained(folder)
size = {"height": PIXELS, "width": PIXELS}
LlavaProcessor(
    image_processor=CLIPImageProcessor(size={"shortest_edge": PIXELS}, crop_size=size),
    tokenizer=tokenizer,
    patch_size=PATCH,
    vision_feature_select_strategy="default",
    num_additional_image_tokens=1,
    chat_template=TEMPLATE,
).save_pretrained(folder)

# vLLM 0.32 knows the weights by the names that transformers used before its version 5.
path = os.path.join(folder, "model.safetensors")
weights = load_file(path)
for name in [name for name in weights if "vision_tower." in name and "vision_tower.vision_model." not in name]:
    weights[name.replace("vision_tower.", "vision_tower.vision_model.")] = weights.pop(name)
save_file(weights, path, metadata={"format": "pt"})
