import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { ModelShape } from "../../deploy/shape/model-shape.ts";

/** How a checkpoint is made smaller for vLLM. */
export type CompressorType = "fp8" | "w8a8-int8" | "w4a16" | "nvfp4";

/** What a script of llm-compressor is written for. */
export interface CompressorOptions {
  /** The checkpoint's folder, in 16 bits. */
  readonly source: string;
  readonly type: CompressorType;
  /** The folder to be made. */
  readonly target: string;
  /** What `readModel` gave of the source: it tells which parts stay as they are. */
  readonly shape: Pick<ModelShape, "architecture" | "experts" | "groups" | "tensors">;
  /** A local file of texts, one JSON object a line with `text`, as the model will read them. `fp8` needs none, the others do. */
  readonly calibration?: string;
  /** Texts that are read of it. Default 512. */
  readonly samples?: number;
  /** Tokens of a text that are read. Default 2,048. */
  readonly sequenceLength?: number;
}

/** A script as text, and what has to be installed for it. */
export interface CompressorScript {
  /** A line for the shell, with the versions that the script was written for. */
  readonly install: string;
  /** Python. */
  readonly script: string;
  readonly warnings: readonly string[];
}

const optionNames: Record<keyof CompressorOptions, true> = {
  source: true,
  type: true,
  target: true,
  shape: true,
  calibration: true,
  samples: true,
  sequenceLength: true,
};

/** The preset of compressed-tensors 0.19, the modifier of llm-compressor 0.14, and whether it reads texts. */
const types: Readonly<Record<CompressorType, readonly [scheme: string, modifier: Modifier, calibrated: boolean]>> = {
  fp8: ["FP8_DYNAMIC", "QuantizationModifier", false],
  "w8a8-int8": ["W8A8", "GPTQModifier", true],
  w4a16: ["W4A16", "GPTQModifier", true],
  nvfp4: ["NVFP4", "QuantizationModifier", true],
};

type Modifier = "QuantizationModifier" | "GPTQModifier";

const modules: Readonly<Record<Modifier, string>> = {
  QuantizationModifier: "llmcompressor.modifiers.quantization",
  GPTQModifier: "llmcompressor.modifiers.gptq",
};

/**
 * Writes the Python script by which llm-compressor 0.14 makes a checkpoint smaller for vLLM, and the line that installs it; nothing is
 * run here. It reads local files only. The same options give the same text. Throws `invalid-request` for a type that is not known
 * or has no calibration file, and for a checkpoint that is quantized already.
 */
export function compressorScript(options: CompressorOptions): CompressorScript {
  checkOptions("compressorScript", options, optionNames);
  const { source, type, target, shape, calibration, samples = 512, sequenceLength = 2_048 } = options;
  if (!Object.hasOwn(types, type)) {
    throw new InhouseError("invalid-request", `compressorScript: there is no type "${type}".`, {
      hint: `There are: ${Object.keys(types).join(", ")}.`,
    });
  }
  if (shape.tensors.some(({ type: stored }) => !/^(F32|F16|BF16|I64)$/.test(stored))) {
    throw new InhouseError("invalid-request", "The checkpoint is quantized already.", {
      hint: "Take the one of 16 bits that it was made of.",
    });
  }
  const [scheme, modifier, calibrated] = types[type];
  if (calibrated && calibration === undefined) {
    throw new InhouseError("invalid-request", `${type} needs texts to calibrate by.`, {
      hint: 'Set calibration to a local file with one {"text": "…"} a line; fp8 needs none.',
    });
  }
  const hasPictures = shape.groups.some(({ role }) => role === "encoder");
  const loader = hasPictures ? "AutoModelForImageTextToText" : "AutoModelForCausalLM";
  const reader = hasPictures ? "AutoProcessor" : "AutoTokenizer";
  const lines = [
    "# Written by inhouse for llm-compressor 0.14. It reads local files only, and needs a GPU or much time.",
    "import os",
    "",
    'os.environ["HF_HUB_OFFLINE"] = "1"',
    "",
    ...(calibrated ? ["from datasets import load_dataset"] : []),
    "from llmcompressor import oneshot",
    `from ${modules[modifier]} import ${modifier}`,
    `from transformers import ${[loader, reader].toSorted().join(", ")}`,
    "",
    `SOURCE = ${python(source)}`,
    `TARGET = ${python(target)}`,
    "",
    "# What stays as it is: the output layer, routers of experts, encoders of pictures and sound.",
    "IGNORE = [",
    ...ignored(shape).map((name) => `    ${python(name)},`),
    "]",
    "",
    `model = ${loader}.from_pretrained(SOURCE, dtype="auto", local_files_only=True)`,
    `processor = ${reader}.from_pretrained(SOURCE, local_files_only=True)`,
    `recipe = ${modifier}(targets="Linear", scheme=${python(scheme)}, ignore=IGNORE)`,
    "",
    ...(calibrated ? calibratedRun(calibration ?? "", samples, sequenceLength, hasPictures) : dataFreeRun),
    "",
    "model.save_pretrained(TARGET, save_compressed=True)",
    "processor.save_pretrained(TARGET)",
    "",
  ];
  return {
    install: 'python -m pip install "llmcompressor>=0.14,<0.15"',
    script: lines.join("\n"),
    warnings: [
      ...(type === "nvfp4"
        ? ["GPUs before Blackwell widen NVFP4 to 16 bits: it saves memory there, and no time."]
        : []),
      ...(calibrated && samples < 128 ? [`${samples} texts are few: take 256 and more.`] : []),
      ...(calibrated && shape.experts
        ? ["Every expert reads every text while it is calibrated, which takes long."]
        : []),
    ],
  };
}

const dataFreeRun = ['oneshot(model=model, recipe=recipe, pipeline="datafree")'];

const calibratedRun = (file: string, samples: number, length: number, hasPictures: boolean): readonly string[] => [
  `texts = load_dataset("json", data_files=${python(file)}, split=${python(`train[:${samples}]`)})`,
  `tokenizer = ${hasPictures ? "processor.tokenizer" : "processor"}`,
  "tokens = texts.map(",
  `    lambda row: tokenizer(row["text"], max_length=${length}, truncation=True, add_special_tokens=False),`,
  "    remove_columns=texts.column_names,",
  ")",
  "oneshot(",
  "    model=model,",
  "    dataset=tokens,",
  "    recipe=recipe,",
  `    max_seq_length=${length},`,
  `    num_calibration_samples=${samples},`,
  ")",
];

/** Modules that are left as they are, by what the checkpoint's tensors are called; `re:` begins a pattern. */
function ignored({ experts, tensors }: CompressorOptions["shape"]): readonly string[] {
  const has = (pattern: RegExp): boolean => tensors.some(({ name }) => pattern.test(name));
  return [
    "re:.*lm_head",
    ...(experts ? ["re:.*mlp\\.gate$", "re:.*\\.router.*", "re:.*block_sparse_moe\\.gate$"] : []),
    ...(has(/shared_expert_gate/) ? ["re:.*shared_expert_gate$"] : []),
    ...(has(/vision|visual/) ? ["re:.*vision.*", "re:.*visual.*"] : []),
    ...(has(/multi_modal_projector|mm_projector/) ? ["re:.*multi_modal_projector.*", "re:.*mm_projector.*"] : []),
    ...(has(/audio_/) ? ["re:.*audio_.*"] : []),
    ...(has(/(^|\.)mtp\./) ? ["re:.*mtp\\..*"] : []),
  ];
}

/** A text as Python writes it: JSON's escapes are Python's too. */
const python = (value: string): string => JSON.stringify(value);
