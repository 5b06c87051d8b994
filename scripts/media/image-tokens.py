"""Asks the processors that vLLM runs how many tokens they make of a picture, for the test of src/media/image-tokens.ts.

    python scripts/media/image-tokens.py > test/fixtures/media/image-tokens.json

with the Python of a vLLM that `npx tsx scripts/servers/cli.ts` installed (transformers, mistral_common). No model is needed.
"""

import json
import random
from importlib.metadata import version

from mistral_common.tokens.tokenizers.image import ImageConfig, ImageEncoder, SpecialImageIDs
from PIL import Image
from transformers.models.idefics3.image_processing_idefics3 import Idefics3ImageProcessor
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor


def mistral(patch, merge, edge):
    """Rows, each with a token at its end."""
    encoder = ImageEncoder(ImageConfig(patch, edge, merge), SpecialImageIDs(1, 2, 3))

    def count(width, height):
        columns, rows = encoder._image_to_num_tokens(Image.new("1", (width, height)))
        return rows * (columns + 1)

    return count


def qwen(patch, least, most):
    """`least` and `most` pixels as in the models' preprocessor_config.json."""
    size = {"shortest_edge": least, "longest_edge": most}
    processor = Qwen2VLImageProcessor(patch_size=patch, merge_size=2, size=size)
    return lambda width, height: processor.get_number_of_image_patches(height, width) // 4


def smolvlm(width, height):
    """64 for each tile; the tokens that mark the tiles are counted here, as the tokenizer is not at hand."""
    processor = Idefics3ImageProcessor(size={"longest_edge": 2048}, max_image_size={"longest_edge": 512})
    tiles, rows, _ = processor.get_number_of_image_patches(height, width)
    return tiles * (64 + 2) + rows + 1


families = {
    "pixtral-12b": mistral(16, 1, 1024),
    "mistral-small-3.1": mistral(14, 2, 1540),
    "qwen2.5-vl-7b": qwen(14, 56 * 56, 16384 * 28 * 28),
    "qwen3-vl-8b": qwen(16, 256 * 256, 4096 * 4096),
    "smolvlm-256m": smolvlm,
}
random.seed(3)
sizes = [(1, 1), (14, 42), (640, 480), (1240, 1754), (1280, 1280), (4032, 3024), (2000, 11), (6000, 6000)]
sizes += [(random.randint(1, 5000), random.randint(30, 5000)) for _ in range(40)]
print(
    json.dumps(
        {
            "made with": {name: version(name) for name in ("transformers", "mistral_common")},
            "sizes": sizes,
            "tokens": {
                name: [count(width, height) for width, height in sizes] for name, count in families.items()
            },
        }
    )
)
