import type { Reading, ErrorReport } from "../../http/status-failure.ts";
import { toolsHint } from "./vllm-capabilities.ts";

const withoutParser = `${toolsHint} Or bring the tools to the model without it: toolStrategy "schema" or "prompted".`;

const deadEngine = "The engine is dead, and so is this server: restart it. Its log has the reason.";
const otherTask =
  "vLLM has only the routes of its model's task: describe() shows which. Start another vLLM for this one, or check the path in baseURL.";

/** Words of vLLM's errors (0.32.0, some of older ones) and what they mean; its 500 is often the caller's mistake. */
const readings: readonly (readonly [words: RegExp, reading: Reading])[] = [
  [
    /EngineCore encountered an issue|cannot schedule new futures/,
    { code: "server", retryable: false, hint: deadEngine },
  ],
  [
    /out of memory/i,
    { code: "server", retryable: false, hint: "Start vLLM with a smaller --max-model-len or --max-num-seqs." },
  ],
  [/model is currently scaling/, { code: "not-ready" }],
  [/engine is currently busy|prefill token backlog/, { code: "overloaded" }],
  [/requires --enable-auto-tool-choice|requires --tool-call-parser/, { code: "unsupported", hint: withoutParser }],
  [
    /is not a multimodal model|At most 0 \w+\(s\) may be provided/,
    { code: "unsupported", hint: "Serve a model that takes such input, without --language-model-only." },
  ],
  [
    /At most \d+ \w+\(s\) may be provided/,
    { code: "invalid-request", hint: "Start vLLM with a higher --limit-mm-per-prompt." },
  ],
  [
    /default chat template is no longer allowed|does not define a chat template/,
    {
      code: "unsupported",
      hint: "The model has no chat template: start vLLM with --chat-template FILE, or use complete().",
    },
  ],
  [
    /--trust-request-chat-template is not set/,
    {
      code: "unsupported",
      hint: "Start vLLM with --trust-request-chat-template, if every caller may run templates on it.",
    },
  ],
  [
    /--trust-request-mm-kwargs/,
    { code: "unsupported", hint: "Start vLLM with --trust-request-mm-kwargs, if every caller may be trusted." },
  ],
  [
    /thinking_token_budget is set but/,
    { code: "unsupported", hint: "Start vLLM with the --reasoning-parser of the model." },
  ],
  [
    /Harmony does not support|reasoning_effort=\w+ is not supported/,
    { code: "unsupported", hint: "This model does not know that degree of thinking: try another one." },
  ],
  [
    /does not support Matryoshka/,
    { code: "unsupported", hint: "Leave dimensions out: this model's vectors cannot be shortened." },
  ],
  [
    /suffix is only supported for models/,
    { code: "unsupported", hint: "Write the model's own fill-in-the-middle tokens into the prompt." },
  ],
  [/LoRA is not enabled/, { code: "unsupported", hint: "Start vLLM with --enable-lora." }],
  [
    /No adapter found for|adapter .* (cannot be found|does not exist)/,
    { code: "not-found", hint: "The path is one of the server's own file system." },
  ],
  [/does not support (generation|pooling|[\w ()]+ API)|Unsupported task/, { code: "unsupported", hint: otherTask }],
  [
    /n must be 1 when using greedy sampling/,
    {
      code: "invalid-request",
      hint: "Raise the temperature, or leave n out: at temperature 0 all answers are the same.",
    },
  ],
  [
    /'loc': 'body\.stop'.*'too_long'/s,
    { code: "invalid-request", hint: "vLLM takes 4 stop texts; VLLM_MAX_STOP_STRINGS in its environment raises that." },
  ],
  [/^Grammar error|one kind of (constraints|structured outputs)/, { code: "invalid-request" }],
  [
    /^Cannot (connect to host|load local files)|^Failed to load (image|audio|video)|Non-base64 digit|cannot identify image file/,
    { code: "invalid-request", hint: "The server could not read a picture, sound or video." },
  ],
];

/** Reads vLLM's errors. */
export function classifyVllm({ status, message, body }: ErrorReport): Reading | undefined {
  if (status === 404 && body["detail"] === "Not Found") return { code: "unsupported", hint: otherTask };
  return overflow(message) ?? readings.find(([words]) => words.test(message))?.[1];
}

/** The forms in which a window is passed; a prompt that is `at least` so long was not counted to its end. */
function overflow(message: string): Reading | undefined {
  const tooMany = /^max_(?:completion_)?tokens=\d+ cannot be greater than max_model_len=(\d+)/.exec(message);
  if (tooMany) {
    return {
      code: "invalid-request",
      hint: `maxTokens may be ${tooMany[1]} at the most, or absent.`,
      contextLength: Number(tooMany[1]),
    };
  }
  const window =
    /(?:maximum context length is|longer than the maximum model length of|exceeds the max_model_len) (\d+)/.exec(
      message,
    );
  if (!window) return undefined;
  const prompt = /prompt contains (\d+) input tokens|prompt \(length (\d+)\)|prompt length (\d+)/.exec(message);
  const promptTokens = prompt?.slice(1).find((digits) => digits !== undefined);
  return {
    code: "context-length",
    hint: "Shorten the prompt, cut it with truncatePromptTokens, or start vLLM with a larger --max-model-len.",
    contextLength: Number(window[1]),
    ...(promptTokens === undefined ? {} : { promptTokens: Number(promptTokens) }),
  };
}
