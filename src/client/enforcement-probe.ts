import type { CapabilityReport } from "../core/capability-report.ts";
import { no, unknown, yes, type Capabilities, type Capability, type CapabilityName } from "../core/capability.ts";
import { isInhouseError } from "../core/error.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { ChatResult } from "../core/result.ts";
import type { ChatInput, MediaPartInput } from "./inputs.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";

/** What a probe works with. */
export interface ProbeTarget {
  readonly model: string | undefined;
  readonly signal: AbortSignal;
  readonly known: ModelKnowledge;
  chat(input: ChatInput): Promise<ChatResult>;
}

/** Texts that no model writes by itself when it is asked for something else. */
const word = "zq7";
const prompt = "Write a sentence about the sea.";

/** What leaves nothing but an object of that word. */
const onlyWord = {
  type: "object",
  properties: { v: { const: word } },
  required: ["v"],
  additionalProperties: false,
};

/** Each form, and the only text that it leaves, without white space. */
const forms: readonly (readonly [name: CapabilityName, format: ResponseFormat, text: string])[] = [
  ["structuredOutput", { type: "json-schema", schema: onlyWord }, JSON.stringify({ v: word })],
  ["choice", { type: "choice", options: [word] }, word],
  ["regex", { type: "regex", pattern: "zq[7]" }, word],
  ["grammar", { type: "grammar", grammar: `root ::= "${word}"`, syntax: "gbnf" }, word],
];

/**
 * Finds out by a handful of small calls what the server really holds a model to: each asks for one thing and forces
 * another. What the server is known not to have is not asked for. The findings are known from then on.
 */
export async function probe({ model, signal, known, chat }: ProbeTarget): Promise<CapabilityReport> {
  const report = await known.report(model, signal, "again");
  const found: Partial<Record<CapabilityName, Capability>> = {};
  const { capabilities } = report.model;
  const asked = { messages: prompt, temperature: 0, signal, ...(model === undefined ? {} : { model }) };
  for (const [name, responseFormat, text] of forms) {
    if (capabilities[name].supported === "no") continue;
    found[name] = await finding(async () => {
      const result = await chat({ ...asked, responseFormat, maxTokens: 24 });
      const written = result.text.replaceAll(/\s/g, "");
      const begun = result.finishReason === "length" && written !== "" && text.startsWith(written);
      return written === text || begun
        ? yes("probe: the model wrote what it was held to")
        : no("probe: the server answered and did not apply it", "Look at the server's log for why.");
    });
  }
  if (capabilities.tools.supported !== "no" && capabilities.forcedTools.supported !== "no") {
    const tools = [{ name: word, parameters: onlyWord }]; // a short call: a list of them might not end
    found.forcedTools = await finding(async () => {
      await chat({ ...asked, tools, toolChoice: { name: word }, toolStrategy: "native", maxTokens: 64 });
      return yes("probe: a required call was made"); // else the call fails
    });
  }
  for (const [name, part] of senses) {
    if (capabilities[name].supported !== "unknown") continue;
    const content = [{ type: "text", text: "What is this?" } as const, part];
    found[name] = await sensed(() => chat({ ...asked, messages: [{ role: "user", content }], maxTokens: 1 }));
  }
  const learned = {
    ...report,
    model: { ...report.model, capabilities: { ...capabilities, ...found } as Capabilities },
  };
  known.learn(learned);
  return learned;
}

/** A picture of 32 × 32 grey points, and an eighth of a second of silence: what no model that sees or hears refuses. */
const greyPng =
  "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJklEQVR42u3NMQ0AAAwDoEqv9KrYsQQMkB6LQCAQCAQCgUAg+BIMLd4AWwUPN68AAAAASUVORK5CYII=";
const senses: readonly (readonly [name: CapabilityName, part: MediaPartInput])[] = [
  ["image", { type: "image", mediaType: "image/png", data: greyPng }],
  ["audio", { type: "audio", mediaType: "audio/wav", data: silentWav() }],
];

/** 2,000 samples of 16 bit at 16 kHz. */
function silentWav(): Uint8Array {
  const bytes = Buffer.alloc(44 + 4_000);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // PCM
  bytes.writeUInt16LE(1, 22); // one channel
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(4_000, 40);
  return bytes;
}

/** Whether a model takes a picture or sound: only a refusal that says so is a no. */
async function sensed(ask: () => Promise<ChatResult>): Promise<Capability> {
  try {
    await ask();
    return yes("probe: the server took one");
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    // Only a server's word counts: what is missing here says nothing about the model.
    if (error.code === "unsupported" && error.status !== undefined)
      return no("probe: refused (unsupported)", error.hint);
    if (error.code === "empty-reply") return yes("probe: the server took one");
    if (error.code === "invalid-request" || error.code === "unsupported")
      return unknown(`probe: not found out (${error.code})`, error.hint);
    throw error;
  }
}

/** What a call shows; a refusal by the server is a finding too, and any other failure is the caller's to know. */
async function finding(look: () => Promise<Capability>): Promise<Capability> {
  try {
    return await look();
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    if (error.code === "tool") return no("probe: a required call was not made");
    if (error.code === "output-limit" || error.code === "empty-reply")
      return unknown("probe: the required call was cut");
    if (error.code === "schema") return no("probe: the server answered and did not apply it");
    if (error.code !== "unsupported" && error.code !== "invalid-request") throw error;
    return no(`probe: refused (${error.code})`, error.hint);
  }
}
