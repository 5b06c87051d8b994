import type { Provider } from "../../src/core/provider.ts";
import type { EndpointOptions } from "../../src/http/endpoint.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { aboutItself } from "../support/about-itself.ts";
import { loopback, type Arrived, type Loopback } from "../support/loopback.ts";
import { done, line, openLines, said, wholeLines } from "../support/ollama-wire.ts";
import { chunk, delta, event, finished, lastChunk, reply, streamHead } from "../support/wire.ts";

/** A call of a tool as a model writes it: its arguments are text, which may be anything. */
export interface WrittenCall {
  readonly name: string;
  readonly arguments: string;
  readonly id?: string;
  readonly index?: number;
}

/** How one provider's server writes a streamed answer. */
export interface ServerDialect {
  readonly connect: (options: EndpointOptions & { readonly baseURL: string }) => Provider;
  /** Headers and these pieces of an answer that goes on. */
  open(...pieces: readonly string[]): Buffer;
  /** A whole answer of these pieces. */
  whole(...pieces: readonly string[]): Buffer;
  /** One more piece of an answer that goes on. */
  more(piece: string): Buffer;
  said(text: string): string;
  called(...calls: readonly WrittenCall[]): string;
  done(reason?: "stop" | "length"): string;
}

const openai = {
  open: (...pieces: readonly string[]) => Buffer.concat([Buffer.from(streamHead), ...pieces.map(chunk)]),
  whole: (...pieces: readonly string[]) => Buffer.concat([openai.open(...pieces), Buffer.from(lastChunk)]),
  more: chunk,
  said: (text: string) => event(delta(text)),
  called: (...calls: readonly WrittenCall[]) =>
    event({ choices: [{ index: 0, delta: { tool_calls: calls.map(openaiCall) }, finish_reason: null }] }),
  done: (reason = "stop") => event(finished(reason)) + event("[DONE]"),
};

const openaiCall = ({ name, arguments: text, id, index }: WrittenCall, position: number) => ({
  index: index ?? position,
  ...(id === undefined ? {} : { id }),
  type: "function",
  function: { name, arguments: text },
});

/** The four providers. */
export const dialects: Readonly<Record<"openaiCompatible" | "vllm" | "llamacpp" | "ollama", ServerDialect>> = {
  openaiCompatible: { connect: openaiCompatible, ...openai },
  vllm: { connect: vllm, ...openai },
  llamacpp: { connect: llamacpp, ...openai },
  ollama: {
    connect: ollama,
    open: openLines,
    whole: wholeLines,
    more: chunk,
    said,
    // Ollama writes arguments as JSON itself: what is none does not come so far.
    called: (...calls) =>
      line({
        message: {
          role: "assistant",
          content: "",
          tool_calls: calls.map(({ name, arguments: text, id }) => ({
            ...(id === undefined ? {} : { id }),
            function: { name, arguments: JSON.parse(text) as unknown },
          })),
        },
        done: false,
      }),
    done,
  },
};

/** A server that generates by `answer`, and knows little when it is asked about itself. */
export async function modelServer(
  answer: (generation: Arrived & { readonly turn: number }) => unknown,
): Promise<Loopback> {
  let turn = 0;
  return loopback((arrived) => {
    if (!isGeneration(arrived)) return void arrived.socket.write(reply(aboutItself));
    turn += 1;
    return answer({ ...arrived, turn });
  });
}

/** Whether a request asked for an answer. */
export const isGeneration = ({ head }: Arrived): boolean => /^POST \S*\/(chat|completions) /.test(head);
