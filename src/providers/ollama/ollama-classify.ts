import { cleanText } from "../../core/clean-text.ts";
import type { Reading, ErrorReport } from "../../http/status-failure.ts";
import { exceededContext } from "../openai-compatible/context-size.ts";

const smaller = "Use a smaller model or quantization, a smaller numCtx, or unload() other models.";
const readLog = "The server's log says why the model does not load; pull or create it anew if its file is damaged.";

/** Words of Ollama's errors (0.34.2) and what they mean; its 500 is often the caller's mistake. */
const readings: readonly (readonly [words: RegExp, reading: Reading])[] = [
  [/does not support thinking/, unsupported("thinking", "Leave `reasoning` out.")],
  [/does not support tools/, unsupported("tools", "Leave `tools` out.")],
  [/does not support insert/, unsupported("insert", "Leave `suffix` out.")],
  [/does not support (chat|generate|completion)/, unsupported("completion", "This one embeds: call embed().")],
  [/does not support embeddings/, unsupported("embedding")],
  [/Multimodal data provided|does not support (vision|multimodal|audio)/, unsupported("vision", "Leave pictures out.")],
  [/^raw mode does not/, { code: "invalid-request" }],
  [/no longer supported|not currently supported|does not support/, { code: "unsupported" }],
  [/^option "\w+" must be|^invalid (format|think value)|^template( error)?:/, { code: "invalid-request" }],
  [/illegal base64|Failed to load image|^json: cannot unmarshal/, { code: "invalid-request" }],
  [/JSON schema conversion failed|failed to parse grammar/, { code: "invalid-request" }],
  [/quantization is only supported for/, { code: "invalid-request" }],
  [
    /offset\+size exceeds file size/,
    { code: "invalid-request", hint: "The file is cut: compare its size and digest with where it came from." },
  ],
  [
    /(exceeds?|longer than) (the |maximum )*context length|is too large to process/,
    { code: "context-length", hint: "Shorten the input, or raise numCtx (for embeddings numBatch too)." },
  ],
  [/server busy/, { code: "overloaded", hint: "Send fewer calls at a time, or raise OLLAMA_MAX_QUEUE on the server." }],
  [/out[- ]of[- ]memory|more system memory/i, { code: "server", retryable: false, hint: smaller }],
  [/timed out waiting for llama/, { code: "server", retryable: false, hint: "Raise OLLAMA_LOAD_TIMEOUT." }],
  [
    /process has terminated|startup failed|incompatible with your version|unable to load model|binary not found/,
    { code: "server", retryable: false, hint: readLog },
  ],
  [
    /error parsing tool call|invalid tool call arguments/,
    { code: "tool", retryable: true, hint: "The model wrote a call that is no JSON; another try may do better." },
  ],
  [
    /token repeat limit reached/,
    { code: "stream-error", hint: "The model repeats one token for ever: raise repeatPenalty or the temperature." },
  ],
  [/pull model manifest: file does not exist/, { code: "not-found", hint: "The registry has no model of that name." }],
  [
    /\/blobs\/sha256-\w+: no such file/,
    { code: "not-found", hint: "Upload the file first: uploadBlob() returns its digest." },
  ],
  [
    /dial tcp|no such host|TLS handshake|insecure protocol/,
    {
      code: "server",
      hint: "The Ollama server cannot reach the registry. A registry without TLS needs insecure: true.",
    },
  ],
  [/no such file or directory/, { code: "not-found" }],
];

function unsupported(capability: string, otherwise = ""): Reading {
  return {
    code: "unsupported",
    hint: `Use a model whose capabilities have "${capability}" (show() lists them). ${otherwise}`.trim(),
  };
}

/** Reads Ollama's errors. */
export function classifyOllama(report: ErrorReport): Reading | undefined {
  const { status, message } = report;
  const hint = "Shorten the prompt, raise providerOptions.ollama.numCtx, or allow truncate.";
  const tooLong = exceededContext(report, hint);
  if (tooLong) return tooLong;
  const missing = /model ['"](.*?)['"] not found/.exec(message)?.[1];
  if (missing !== undefined) return notFound(missing);
  if (status === 403 && message === "") {
    return { code: "forbidden", hint: "Ollama refuses the Host or Origin header: see OLLAMA_HOST and OLLAMA_ORIGINS." };
  }
  return readings.find(([words]) => words.test(message))?.[1];
}

function notFound(model: string): Reading {
  if (model === "") return { code: "invalid-request", hint: "Name a model." };
  const name = cleanText(model, 100);
  return { code: "not-found", hint: `Pull it: provider.pull("${name}"), or on the server: ollama pull ${name}.` };
}
