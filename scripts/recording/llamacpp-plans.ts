import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { startLlamaServer } from "../servers/index.ts";
import type { Plans } from "./plan.ts";

const infillTokens = { pre: 3, suf: 4, mid: 5 }; // any tokens will do: SmolLM2 has none of its own
const kvOverrides = Object.fromEntries(
  Object.entries(infillTokens).map(([name, id]) => [`tokenizer.ggml.fim_${name}_token_id`, `int:${id}`]),
);

/** What is recorded of llama-server. */
export const llamacppPlans: Plans = {
  folder: "llamacpp",
  title: "llama-server",
  provider: llamacpp,
  plans: [
    {
      name: "chat",
      apiKey: "right-key",
      start: () => startLlamaServer({ server: "xllamacpp", apiKey: "right-key" }),
    },
    {
      name: "embedding",
      about: "embedding",
      start: () => startLlamaServer({ server: "xllamacpp", embeddings: true }),
    },
    { name: "rerank", about: "rerank", start: () => startLlamaServer({ server: "xllamacpp", reranking: true }) },
    { name: "infill", about: "infill", start: () => startLlamaServer({ kvOverrides }) },
  ],
};
