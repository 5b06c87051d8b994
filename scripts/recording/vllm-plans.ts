import { vllm } from "../../src/providers/vllm/index.ts";
import { requestsDone } from "../../test/e2e/requests-done.ts";
import { startVllm } from "../servers/index.ts";
import type { Plans } from "./plan.ts";

const apiKey = "right-key";

/** What is recorded of vLLM. */
export const vllmPlans: Plans = {
  folder: "vllm",
  title: "vLLM",
  provider: vllm,
  plans: [
    {
      name: "chat",
      apiKey,
      start: () => startVllm({ apiKey }),
      idle: ({ url }) => requestsDone(vllm({ baseURL: url, apiKey })),
    },
    { name: "embedding", about: "embedding", start: () => startVllm({ model: "embedding" }) },
    { name: "rerank", about: "rerank", start: () => startVllm({ model: "embedding" }) },
    { name: "classification", about: "classification", start: () => startVllm({ model: "classification" }) },
    { name: "transcription", about: "transcription", start: () => startVllm({ model: "speech" }) },
    { name: "image", about: "image", start: () => startVllm({ model: "vision" }) },
  ],
};
