import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { slotsFree } from "../../test/e2e/slots-free.ts";
import { cacheFolder } from "../servers/cache.ts";
import { prepareCompiled, startLlamaServer, type RunningServer } from "../servers/index.ts";
import { prepareProjector } from "../servers/made-models.ts";
import { whilePreparing } from "../servers/preparation.ts";
import type { Plan, Plans } from "./plan.ts";

const apiKey = "right-key";
const whole: Pick<Plan, "name" | "apiKey" | "idle"> = {
  name: "chat",
  apiKey,
  idle: ({ url }) => slotsFree(llamacpp({ baseURL: url, apiKey })),
};

const infillTokens = { pre: 3, suf: 4, mid: 5 }; // any tokens will do: SmolLM2 has none of its own
const kvOverrides = Object.fromEntries(
  Object.entries(infillTokens).map(([name, id]) => [`tokenizer.ggml.fim_${name}_token_id`, `int:${id}`]),
);

/** SmolLM2 with what it lacks: the prebuilt server shows what becomes of requests for it then. */
async function startAble(): Promise<RunningServer> {
  const { llamaServer, templates } = await prepareCompiled();
  const preparation = { cache: cacheFolder() };
  const projector = await whilePreparing(preparation, () => prepareProjector(preparation));
  return startLlamaServer({
    server: llamaServer,
    apiKey,
    kvOverrides,
    chatTemplateFile: templates.qwen3,
    extra: { binary: ["--mmproj", projector] },
  });
}

/** What is recorded of llama-server: prebuilt as it is, and compiled with tokens, a template and a projector of ours. */
export const llamacppPlans: Plans = {
  folder: "llamacpp",
  title: "llama-server",
  provider: llamacpp,
  plans: [
    { ...whole, start: () => startLlamaServer({ server: "xllamacpp", apiKey }) },
    {
      name: "embedding",
      about: "embedding",
      start: () => startLlamaServer({ server: "xllamacpp", embeddings: true }),
    },
    { name: "rerank", about: "rerank", start: () => startLlamaServer({ server: "xllamacpp", reranking: true }) },
    { ...whole, start: startAble },
  ],
};
