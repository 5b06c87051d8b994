import { no, unknown, yes, type Capabilities, type Capability } from "../../core/capability.ts";

const byTask = unknown("it depends on the model's task", "GET /openapi.json tells: ask describe().");
/** What makes a server take tools. */
export const toolsHint =
  "Start vLLM with --enable-auto-tool-choice and the --tool-call-parser of the model, such as mistral or hermes.";
const media = unknown("vLLM does not tell", "Without it vLLM answers 400, which is `unsupported` here.");

/** What vLLM can do before it was asked; its model's task decides the rest. */
export const vllmCapabilities: Capabilities = {
  chat: byTask,
  completion: byTask,
  infill: unknown(
    "it depends on the model",
    "Most have no form for it: vLLM answers 400, which is `unsupported` here.",
  ),
  embedding: byTask,
  rerank: byTask,
  classification: byTask,
  transcription: byTask,
  tokenization: yes("vLLM has it for every model"),
  tools: unknown("vLLM does not tell", toolsHint),
  forcedTools: yes("vLLM holds the model to the form of a call that is required"), // 0.32.0
  reasoning: unknown("vLLM does not tell", "Start vLLM with the --reasoning-parser of the model."),
  reasoningSwitch: unknown("it depends on the model's chat template"),
  reasoningEffort: unknown("it depends on the model's chat template"),
  reasoningBudget: unknown("vLLM does not tell", "Start vLLM with the --reasoning-parser of the model."),
  structuredOutput: yes("vLLM enforces schemas on every model that generates"),
  choice: yes("vLLM enforces choices on every model that generates"),
  regex: yes("vLLM enforces regular expressions on every model that generates"),
  grammar: yes("vLLM enforces grammars on every model that generates"),
  logprobs: yes("vLLM has it for every model that generates"),
  image: media,
  audio: media,
  video: media,
};

/** The route without which a model cannot do it. */
const routes = {
  chat: "/v1/chat/completions",
  completion: "/v1/completions",
  embedding: "/v1/embeddings",
  rerank: "/rerank",
  classification: "/classify",
  transcription: "/v1/audio/transcriptions",
  infill: "/v1/completions",
  tools: "/v1/chat/completions",
  forcedTools: "/v1/chat/completions",
  reasoning: "/v1/chat/completions",
  reasoningSwitch: "/v1/chat/completions",
  reasoningEffort: "/v1/chat/completions",
  reasoningBudget: "/v1/chat/completions",
  structuredOutput: "/v1/completions",
  choice: "/v1/completions",
  regex: "/v1/completions",
  grammar: "/v1/completions",
  logprobs: "/v1/completions",
} as const;

const hints: Readonly<Record<string, string>> = {
  transcription: "Serve a speech model: vllm serve openai/whisper-large-v3-turbo.",
};

/** What vLLM can do by the routes that it has: those of its model's task and no others (0.32.0). */
export function capabilitiesByRoutes(mounted: ReadonlySet<string>): Capabilities {
  const learned = Object.entries(routes).map(([name, route]): [string, Capability] => {
    const known = vllmCapabilities[name as keyof typeof routes];
    if (!mounted.has(route)) {
      return [name, no(`GET /openapi.json: no ${route}`, hints[name] ?? "Serve a model of that task.")];
    }
    return [name, known === byTask ? yes(`GET /openapi.json: ${route}`) : known];
  });
  return { ...vllmCapabilities, ...Object.fromEntries(learned) };
}
