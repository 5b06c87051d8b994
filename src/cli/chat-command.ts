import { parseArgs } from "node:util";

import { connect, InhouseError, isInhouseError, type ConnectedClient, type Message } from "../index.ts";
import type { Command, CommandContext } from "./command.ts";
import { countOf } from "./counts.ts";
import { exitCodes } from "./exit-codes.ts";
import { printable } from "./printable.ts";

const help = `inhouse chat [URL] [options]

Talks with a model in the terminal. What is piped into it is one question, and the answer alone is written.

URL is the server's. Default: what the environment names, else what answers at the usual addresses of this machine.

  --model NAME         where the server has several
  --system TEXT        what the model is told beforehand
  --max-tokens COUNT   of an answer. Default: the server's
  --temperature NUMBER
  --help

/clear begins anew, /exit or Ctrl-D ends, Ctrl-C ends an answer. A key is taken from the variable that the server itself
reads (VLLM_API_KEY, LLAMA_API_KEY).

Examples
  inhouse chat
  inhouse chat http://gpu-1:8000 --system "Answer in French."
  echo "Name a colour." | inhouse chat http://127.0.0.1:8080 --max-tokens 20
`;

interface ChatSettings {
  readonly url?: string;
  readonly model?: string;
  readonly system?: string;
  readonly sampling: { readonly maxTokens?: number; readonly temperature?: number };
}

/** `inhouse chat`: a conversation in the terminal. */
export const chatCommand: Command = {
  summary: "talk with a model in the terminal",
  help,
  async run(args, context) {
    const { url, model, system, sampling } = readArguments(args);
    const client = await connect(url, { env: context.env, ...(model === undefined ? {} : { model }) });
    const beginning: readonly Message[] = system === undefined ? [] : [{ role: "system", content: system }];
    try {
      if (!context.isTerminal) {
        const question: string[] = [];
        for await (const line of context.lines("")) question.push(line);
        await answer(client, [...beginning, { role: "user", content: question.join("\n") }], sampling, context);
        return exitCodes.ok;
      }
      const { title, baseURL, models } = client.server;
      const shown = model ?? models.map(({ id }) => id).join(", ");
      context.problem(`${printable(`${title} at ${baseURL}: ${shown}`)}\n`);
      await talk(client, beginning, sampling, context);
      return exitCodes.ok;
    } finally {
      await client.close();
    }
  },
};

async function talk(
  client: ConnectedClient,
  beginning: readonly Message[],
  sampling: ChatSettings["sampling"],
  context: CommandContext,
): Promise<void> {
  let messages = beginning;
  for await (const line of context.lines("> ")) {
    if (line.trim() === "/exit") return;
    if (line.trim() === "/clear") messages = beginning;
    else if (line.trim() !== "") {
      const asked: readonly Message[] = [...messages, { role: "user", content: line }];
      const said = await answer(client, asked, sampling, context).catch((error: unknown) => told(error, context));
      // A question without an answer is as if it had not been asked.
      if (said) messages = [...asked, said];
    }
  }
}

/** Writes the answer as it comes; Ctrl-C ends it, and what has come of it is the answer. */
async function answer(
  client: ConnectedClient,
  messages: readonly Message[],
  sampling: ChatSettings["sampling"],
  context: CommandContext,
): Promise<Message> {
  const ending = new AbortController();
  const interrupt = context.onInterrupt(() => ending.abort());
  const stream = client.stream({ messages, ...sampling, signal: ending.signal });
  let text = "";
  try {
    for await (const piece of stream.text) {
      text += piece;
      context.out(printable(piece));
    }
    const { timings, usage, message } = await stream.result;
    context.out("\n");
    if (context.isTerminal && usage) {
      const pace = timings.tokensPerSecond === undefined ? "" : `, ${timings.tokensPerSecond.toFixed(1)} a second`;
      context.problem(`(${usage.outputTokens} tokens${pace})\n`);
    }
    return message;
  } catch (error) {
    if (text !== "") context.out("\n");
    if (!ending.signal.aborted || text === "") throw error;
    return { role: "assistant", content: text };
  } finally {
    interrupt[Symbol.dispose]();
  }
}

function told(error: unknown, { problem }: CommandContext): undefined {
  if (!isInhouseError(error)) throw error;
  problem(`${error.code === "abort" ? "(ended)" : `${error.message}\n${error.hint}`}\n`);
  return undefined;
}

const text = { type: "string" } as const;

function readArguments(args: readonly string[]): ChatSettings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { model: text, system: text, "max-tokens": text, temperature: text },
  });
  const [url, ...rest] = positionals;
  if (rest.length > 0) {
    throw new InhouseError("invalid-request", "More than one URL is named.", {
      hint: "What is asked comes by the terminal or a pipe, not as an argument.",
    });
  }
  const { model, system, "max-tokens": maxTokens, temperature } = values;
  if (temperature !== undefined && !/^\d*\.?\d+$/.test(temperature)) {
    throw new InhouseError("invalid-request", `--temperature: "${temperature}" is not a number.`, {
      hint: "Write 0.7.",
    });
  }
  return {
    ...(url === undefined ? {} : { url }),
    ...(model === undefined ? {} : { model }),
    ...(system === undefined ? {} : { system }),
    sampling: {
      ...(maxTokens === undefined ? {} : { maxTokens: countOf("--max-tokens", maxTokens) }),
      ...(temperature === undefined ? {} : { temperature: Number(temperature) }),
    },
  };
}
