import { vllm } from "../../src/providers/vllm/index.ts";
import { startVllm } from "../servers/index.ts";
import type { Plans } from "./plan.ts";

/** What is recorded of vLLM. */
export const vllmPlans: Plans = {
  folder: "vllm",
  title: "vLLM",
  provider: vllm,
  plans: [
    { name: "chat", apiKey: "right-key", start: () => startVllm({ apiKey: "right-key" }) },
    { name: "embedding", about: "embedding", start: () => startVllm({ model: "embedding" }) },
    { name: "rerank", about: "rerank", start: () => startVllm({ model: "embedding" }) },
    { name: "classification", about: "classification", start: () => startVllm({ model: "classification" }) },
  ],
};
