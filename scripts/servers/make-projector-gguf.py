"""Writes a tiny CLIP tower and projector of random weights: 56 x 56 pixels, 16 tokens a picture, 576 wide as SmolLM2-135M.

    make-projector-gguf.py OUT.gguf
"""

import sys

import gguf
import numpy as np

WIDTH, INNER, LAYERS, HEADS, PIXELS, PATCH, TEXT_WIDTH = 64, 128, 2, 4, 56, 14, 576

random = np.random.default_rng(0)
writer = gguf.GGUFWriter(sys.argv[1], "clip")


def weights(*shape):
    return (random.standard_normal(shape) * 0.02).astype(np.float32)


def linear(name, width_out, width_in):
    writer.add_tensor(name + ".weight", weights(width_out, width_in))
    writer.add_tensor(name + ".bias", np.zeros(width_out, np.float32))


def norm(name):
    writer.add_tensor(name + ".weight", np.ones(WIDTH, np.float32))
    writer.add_tensor(name + ".bias", np.zeros(WIDTH, np.float32))


writer.add_string("general.type", "mmproj")
writer.add_string("general.name", "tiny-random-clip")
writer.add_uint32("general.file_type", 0)
writer.add_bool("clip.has_vision_encoder", True)
writer.add_string("clip.projector_type", "mlp")
writer.add_bool("clip.use_gelu", True)
numbers = {
    "image_size": PIXELS,
    "patch_size": PATCH,
    "embedding_length": WIDTH,
    "feed_forward_length": INNER,
    "projection_dim": TEXT_WIDTH,
    "block_count": LAYERS,
    "attention.head_count": HEADS,
}
for name, value in numbers.items():
    writer.add_uint32("clip.vision." + name, value)
writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
writer.add_array("clip.vision.image_mean", [0.5] * 3)
writer.add_array("clip.vision.image_std", [0.5] * 3)

writer.add_tensor("v.class_embd", weights(WIDTH))
writer.add_tensor("v.patch_embd.weight", weights(WIDTH, 3, PATCH, PATCH))
writer.add_tensor("v.position_embd.weight", weights((PIXELS // PATCH) ** 2 + 1, WIDTH))
norm("v.pre_ln")
norm("v.post_ln")
for layer in range(LAYERS):
    block = f"v.blk.{layer}."
    for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
        linear(block + part, WIDTH, WIDTH)
    norm(block + "ln1")
    norm(block + "ln2")
    linear(block + "ffn_up", INNER, WIDTH)
    linear(block + "ffn_down", WIDTH, INNER)
linear("mm.0", TEXT_WIDTH, WIDTH)
linear("mm.2", TEXT_WIDTH, TEXT_WIDTH)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
