import type { Reading, ErrorReport } from "../../http/status-failure.ts";
import { exceededContext } from "../openai-compatible/context-size.ts";

/** Words of llama-server's errors (b11434, b11549) and what they mean; its 500 is often the caller's mistake. */
const readings: readonly (readonly [words: RegExp, reading: Reading])[] = [
  [/^Loading model/, { code: "not-ready" }],
  [/no slot available/, { code: "overloaded" }],
  [/Context size has been exceeded/, { code: "context-length" }],
  [
    /is too large to process/,
    {
      code: "context-length",
      hint: "Split the input, or start llama-server with a larger --ubatch-size and --batch-size.",
    },
  ],
  [
    /parse grammar/,
    { code: "invalid-request", hint: "The grammar is not valid GBNF; the server's log names the line." },
  ],
  [/Failed to parse (messages|tools)|Cannot use both|Missing '?role/, { code: "invalid-request" }],
  [/requires --jinja|tools param requires/, { code: "unsupported", hint: "Start llama-server with --jinja." }],
  [
    /(image|audio|video) input is not supported|does not support (image|audio|video)/,
    { code: "unsupported", hint: "Start llama-server with a multimodal model and its --mmproj file." },
  ],
  [
    /Pooling type 'none'/,
    { code: "unsupported", hint: "Start llama-server with --embeddings --pooling mean (or the model's own pooling)." },
  ],
  [
    /does not support embeddings/i,
    { code: "unsupported", hint: "Start llama-server with --embeddings and an embedding model." },
  ],
  [/does not support reranking/i, { code: "unsupported", hint: "Start llama-server with --reranking and a reranker." }],
  [
    /Infill is not supported/,
    { code: "unsupported", hint: "Use a model with fill-in-the-middle tokens, such as a code model." },
  ],
  [/^model name is missing/, { code: "invalid-request", hint: "This router serves several models: name one." }],
  [/^model '.*' not found/, { code: "not-found" }],
  [
    /^model is not loaded/,
    { code: "not-ready", retryable: false, hint: "This router loads no model by itself: POST /models/load does." },
  ],
  // The batch could not be computed: no memory was left for it, or the GPU failed.
  [
    /^Compute error/,
    {
      code: "server",
      retryable: false,
      hint: "Start llama-server with a smaller --ctx-size, --parallel or --n-gpu-layers; its log has the reason.",
    },
  ],
  [/failed to load$/, { code: "server", retryable: false, hint: "The server's log says why the model does not load." }],
  [
    /does not match the expected/,
    { code: "server", hint: "The model's output did not fit the template's format; another try may." },
  ],
];

/** Reads llama-server's errors. */
export function classifyLlamacpp(report: ErrorReport): Reading | undefined {
  const hint = "Shorten the prompt, or start llama-server with a larger --ctx-size (it is divided among the slots).";
  return (
    exceededContext(report, hint) ?? unreadOutput(report) ?? readings.find(([words]) => words.test(report.message))?.[1]
  );
}

/** Older builds are said to tell what of the model's output they could not read; b11434 keeps it to itself. */
function unreadOutput({ message }: ErrorReport): Reading | undefined {
  const [, text] = /Failed to parse input at pos \d+: ?(.*)$/s.exec(message) ?? [];
  if (text === undefined) return undefined;
  return {
    code: "server",
    hint: "The model's output did not fit the template's format; another try may.",
    partial: { text, reasoning: "", toolCalls: [] },
  };
}
