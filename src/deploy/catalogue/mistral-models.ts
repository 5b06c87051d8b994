import type { CatalogueModel } from "./catalogue-model.ts";

const apache = "Apache-2.0";
const pictures = (parameters: number): NonNullable<CatalogueModel["encoder"]> => ({ kinds: ["image"], parameters });

/** What the models of 2025 and later have in common: the parser of their calls, and a vocabulary of 131,072. */
const recent = { toolParser: "mistral", evidence: "published" } as const;

/** A dense model whose heads are 32 of 128, of which 8 are kept. */
const dense = (
  layers: number,
  embedding: number,
  feedForward: number,
  vocabulary = 131_072,
): CatalogueModel["numbers"] => ({ layers, embedding, heads: 32, kvHeads: 8, head: 128, feedForward, vocabulary });

/** Mistral Large 2, which Pixtral Large is made of. */
const large2: CatalogueModel["numbers"] = {
  layers: 88,
  embedding: 12_288,
  heads: 96,
  kvHeads: 8,
  head: 128,
  feedForward: 28_672,
  vocabulary: 32_768,
};

const research = {
  licence: "Mistral Research License",
  licenceWarning: "The Mistral Research License allows no commercial use: a company needs a licence of Mistral's own.",
} as const;

/** The encoder of Whisper large v3, 32 layers of 1,280, and what makes its output fit. */
const hearing: NonNullable<CatalogueModel["encoder"]> = { kinds: ["audio"], parameters: 0.66e9 };
const heard = "It hears speech; 30 seconds of it are 375 tokens.";

/** Ministral 3: the instructed model in FP8, which its card asks for the least memory with, in 16 bits and as GGUF. */
function ministral(
  size: "3B" | "8B" | "14B",
  numbers: CatalogueModel["numbers"],
  cardGB: number,
  aliases: readonly string[],
): CatalogueModel {
  const repository = `mistralai/Ministral-3-${size}-Instruct-2512`;
  return {
    ...recent,
    name: `ministral-3-${size.toLowerCase()}`,
    aliases: [`ministral-${size.toLowerCase()}`, ...aliases],
    title: `Ministral 3 ${size} Instruct`,
    numbers,
    encoder: pictures(0.41e9),
    contextLength: 262_144,
    licence: apache,
    checkpoints: [
      { repository, method: "fp8" },
      { repository: `${repository}-BF16`, method: "none" },
    ],
    gguf: { repository: `${repository}-GGUF`, mixtures: ["Q8_0", "Q5_K_M", "Q4_K_M"] },
    cardGB,
  };
}

/** Mistral's models by their cards, their configs and vLLM's recipes of August 2026. */
export const mistralModels: readonly CatalogueModel[] = [
  {
    ...recent,
    name: "mistral-large-3",
    aliases: ["mistral-large-3-675b", "mistral-large"],
    title: "Mistral Large 3 675B Instruct",
    numbers: {
      layers: 61,
      embedding: 7_168,
      heads: 128,
      kvHeads: 1,
      head: 128,
      feedForward: 16_384,
      vocabulary: 131_072,
      experts: { count: 128, used: 4, shared: 1, feedForward: 4_096, denseLayers: 3 },
      latent: { rank: 512, position: 64, queryRank: 1_536, key: 128, value: 128 },
    },
    encoder: pictures(2.5e9),
    contextLength: 262_144,
    licence: apache,
    checkpoints: [
      { repository: "mistralai/Mistral-Large-3-675B-Instruct-2512", method: "fp8" },
      {
        repository: "mistralai/Mistral-Large-3-675B-Instruct-2512-NVFP4",
        method: "nvfp4",
        note: "In NVFP4 it answers worse with more than 65,536 tokens of context, vLLM's recipe says.",
      },
    ],
    evidence: "inferred",
  },
  {
    ...recent,
    name: "mistral-small-4",
    aliases: ["mistral-small-4-119b"],
    title: "Mistral Small 4 119B",
    numbers: {
      layers: 36,
      embedding: 4_096,
      heads: 32,
      kvHeads: 1,
      head: 128,
      feedForward: 2_048,
      vocabulary: 131_072,
      experts: { count: 128, used: 4, shared: 1 },
      latent: { rank: 256, position: 64, queryRank: 1_024, key: 64, value: 128 },
    },
    encoder: pictures(0.41e9),
    contextLength: 262_144,
    checkpoints: [
      { repository: "mistralai/Mistral-Small-4-119B-2603", method: "fp8" },
      { repository: "mistralai/Mistral-Small-4-119B-2603-NVFP4", method: "nvfp4" },
    ],
    reasoningParser: "mistral",
    notes: ["It needs vLLM 0.20 or newer."],
  },
  ministral("14B", dense(40, 5_120, 16_384), 24, []),
  ministral("8B", dense(34, 4_096, 14_336), 12, []),
  ministral("3B", { ...dense(26, 3_072, 9_216), tied: true }, 8, []),
  {
    ...recent,
    name: "mistral-small-3.2",
    aliases: ["mistral-small", "mistral-small-24b", "mistral-small-3.2-24b"],
    title: "Mistral Small 3.2 24B Instruct",
    numbers: dense(40, 5_120, 32_768),
    encoder: pictures(0.4e9),
    contextLength: 131_072,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Mistral-Small-3.2-24B-Instruct-2506", method: "none" }],
    cardGB: 55,
  },
  {
    ...recent,
    name: "magistral-small",
    aliases: ["magistral-small-2509", "magistral-small-24b"],
    title: "Magistral Small 24B",
    numbers: dense(40, 5_120, 32_768),
    encoder: pictures(0.4e9),
    contextLength: 131_072,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Magistral-Small-2509", method: "none" }],
    reasoningParser: "mistral",
    evidence: "unchecked",
  },
  {
    ...recent,
    name: "devstral-small-2",
    aliases: ["devstral-small", "devstral-small-2-24b"],
    title: "Devstral Small 2 24B Instruct",
    numbers: dense(40, 5_120, 32_768),
    encoder: pictures(0.4e9),
    contextLength: 262_144,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Devstral-Small-2-24B-Instruct-2512", method: "fp8" }],
  },
  {
    ...recent,
    name: "voxtral-small",
    aliases: ["voxtral-small-24b", "voxtral-small-2507"],
    title: "Voxtral Small 24B",
    numbers: dense(40, 5_120, 32_768),
    encoder: hearing,
    contextLength: 131_072,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Voxtral-Small-24B-2507", method: "none" }],
    notes: [heard],
  },
  {
    ...recent,
    name: "voxtral-mini",
    aliases: ["voxtral-mini-3b", "voxtral-mini-2507"],
    title: "Voxtral Mini 3B",
    numbers: dense(30, 3_072, 8_192),
    encoder: hearing,
    contextLength: 131_072,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Voxtral-Mini-3B-2507", method: "none" }],
    notes: [heard],
  },
  {
    ...recent,
    name: "pixtral-12b",
    aliases: ["pixtral", "pixtral-12b-2409"],
    title: "Pixtral 12B",
    numbers: dense(40, 5_120, 14_336),
    encoder: pictures(0.4e9),
    contextLength: 131_072,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Pixtral-12B-2409", method: "none" }],
    notes: ["Its shape is that of Mistral Nemo, which it is made of."],
    evidence: "inferred",
  },
  {
    ...recent,
    name: "pixtral-large",
    aliases: ["pixtral-large-2411", "pixtral-large-124b"],
    title: "Pixtral Large 124B Instruct (2411)",
    numbers: large2,
    encoder: pictures(1e9),
    contextLength: 131_072,
    ...research,
    checkpoints: [{ repository: "mistralai/Pixtral-Large-Instruct-2411", method: "none" }],
    notes: ["Its shape is that of Mistral Large 2, which it is made of."],
    evidence: "inferred",
  },
  {
    ...recent,
    name: "mistral-nemo",
    aliases: ["mistral-nemo-12b", "nemo-12b", "nemo"],
    title: "Mistral Nemo 12B Instruct",
    numbers: dense(40, 5_120, 14_336),
    contextLength: 131_072,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Mistral-Nemo-Instruct-2407", method: "none" }],
    evidence: "unchecked",
  },
  {
    ...recent,
    name: "mistral-large-2",
    aliases: ["mistral-large-2411", "mistral-large-123b"],
    title: "Mistral Large 2 123B Instruct (2411)",
    numbers: large2,
    contextLength: 131_072,
    ...research,
    checkpoints: [{ repository: "mistralai/Mistral-Large-Instruct-2411", method: "none" }],
  },
  {
    ...recent,
    name: "mixtral-8x22b",
    aliases: ["mixtral-8x22b-instruct"],
    title: "Mixtral 8x22B Instruct",
    numbers: {
      layers: 56,
      embedding: 6_144,
      heads: 48,
      kvHeads: 8,
      head: 128,
      feedForward: 16_384,
      vocabulary: 32_768,
      experts: { count: 8, used: 2 },
    },
    contextLength: 65_536,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Mixtral-8x22B-Instruct-v0.1", method: "none" }],
  },
  {
    name: "mixtral-8x7b",
    aliases: ["mixtral", "mixtral-8x7b-instruct"],
    title: "Mixtral 8x7B Instruct",
    numbers: { ...dense(32, 4_096, 14_336, 32_000), experts: { count: 8, used: 2 } },
    contextLength: 32_768,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Mixtral-8x7B-Instruct-v0.1", method: "none" }],
    toolParser: false,
    notes: ["It was not taught to call tools."],
    evidence: "published",
  },
  {
    ...recent,
    name: "mistral-7b",
    aliases: ["mistral-7b-instruct", "mistral-7b-v0.3"],
    title: "Mistral 7B Instruct v0.3",
    numbers: dense(32, 4_096, 14_336, 32_768),
    contextLength: 32_768,
    licence: apache,
    checkpoints: [{ repository: "mistralai/Mistral-7B-Instruct-v0.3", method: "none" }],
    cardGB: 16,
  },
];
