import { createClient, type ClientOptions } from "../../src/client/client.ts";
import type { Capabilities } from "../../src/core/capability.ts";
import { InhouseError } from "../../src/core/error.ts";
import type { Message } from "../../src/core/message.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatRequest, ModelRequest } from "../../src/core/request.ts";
import { memory, type MemoryOptions, type ScriptedReply } from "../../src/testing/memory.ts";

/** What a call of an analysis is for, by the instructions that it is given. */
export type AskedFor = "notes" | "fewer notes" | "answer from notes" | "answer";

/** One call of an analysis, as the model sees it. */
export interface AskedCall {
  readonly askedFor: AskedFor;
  /** All text of the user's message. */
  readonly text: string;
  /** The marks in it, without their brackets. */
  readonly marks: readonly string[];
  /** What stands behind each mark, where it is no text: its media type. */
  readonly media: readonly string[];
  readonly request: ChatRequest;
}

/** What each kind of call is answered with; undefined leaves it to the usual answer, a note for each mark. */
export type NoteTakerScript = (call: AskedCall, number: number) => ScriptedReply | undefined;

/** Options of `noteTaker`. */
export interface NoteTakerOptions extends Omit<MemoryOptions, "reply"> {
  readonly script?: NoteTakerScript;
  /** The server holds the model to a schema, as most do. */
  readonly isHeld?: boolean;
  /** The server counts tokens. Default true. */
  readonly counts?: boolean;
  /** What the model can do beyond reading. Default nothing. */
  readonly senses?: readonly ("image" | "audio" | "transcription")[];
  readonly client?: Partial<ClientOptions>;
}

const textOf = ({ content }: Message): string =>
  typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");

function askedCall(request: ModelRequest): AskedCall | undefined {
  if (request.kind !== "chat") return undefined;
  const [system, user] = request.messages;
  const instructions = system ? textOf(system) : "";
  const text = user ? textOf(user) : "";
  const askedFor = instructions.startsWith("You read one part")
    ? "notes"
    : instructions.startsWith("You shorten notes")
      ? "fewer notes"
      : instructions.startsWith("You do a task with the notes")
        ? "answer from notes"
        : "answer";
  const parts = user && typeof user.content !== "string" ? user.content : [];
  const media = parts.flatMap((part) => ("mediaType" in part ? part.mediaType : []));
  return { askedFor, media, text, marks: [...text.matchAll(/^\[([^\]]+)\]$/gm)].map(([, mark = ""]) => mark), request };
}

/** A client whose model takes a note of every piece that it is shown, and what it was asked. */
export function noteTaker(given: NoteTakerOptions = {}) {
  const { script, isHeld = false, counts = true, senses = [], client: clientOptions, ...options } = given;
  const calls: AskedCall[] = [];
  const provider = memory({
    ...options,
    reply(request) {
      const call = askedCall(request);
      if (!call) return undefined;
      calls.push(call);
      const scripted = script?.(call, calls.length);
      if (scripted !== undefined) return scripted;
      if (call.askedFor.startsWith("answer")) return `All of it [${call.marks[0] ?? ""}].`;
      const marks = call.askedFor === "notes" ? call.marks : call.marks.slice(0, 1);
      if (!isHeld) return marks.map((mark) => `- noted [${mark}]`).join("\n");
      return JSON.stringify({ notes: marks.map((mark) => ({ note: "noted", source: mark })) });
    },
  });
  const structuredOutput = { supported: isHeld ? "yes" : "no", evidence: "a test" } as const;
  const tokenization = { supported: counts ? "yes" : "no", evidence: "a test" } as const;
  const can = Object.fromEntries(
    (["image", "audio", "transcription"] as const).map((name) => [
      name,
      { supported: senses.includes(name) ? "yes" : "no", evidence: `a test of ${name}` } as const,
    ]),
  );
  const capabilities: Capabilities = { ...provider.capabilities, ...can, structuredOutput, tokenization };
  const { measure, ...others } = provider;
  const holding: Provider = {
    ...others,
    ...(counts && measure ? { measure } : {}),
    media: { image: { mediaTypes: ["image/png", "image/jpeg"] }, audio: { mediaTypes: ["audio/wav"] } },
    capabilities,
    describe: async (model, signal) => ({ ...(await provider.describe(model, signal)), capabilities }),
  };
  const client = createClient({ provider: holding, maxRetries: 0, ...clientOptions });
  return { client, provider, calls, of: (askedFor: AskedFor) => calls.filter((call) => call.askedFor === askedFor) };
}

/** A text of that many paragraphs, each with its number, of about so many characters. */
export const paragraphs = (count: number, length = 1_000): Uint8Array =>
  Buffer.from(
    Array.from({ length: count }, (_, index) => `Paragraph ${index + 1}. ${"words ".repeat(length / 6)}`.trim()).join(
      "\n\n",
    ),
  );

/** A server that fails. */
export const broken = (): InhouseError => new InhouseError("server", "The server failed.", { provider: "memory" });
