/**
 * An agent in the terminal: three tools, one of which a person must allow, and the run shown as it happens.
 *
 *     npx tsx examples/agent.ts "Note that the meeting moved to Friday."
 *
 * It runs whatever the model's template knows: the first call is forced, and a server that shows the model no tools has them in
 * the prompt.
 */
import { createInterface } from "node:readline/promises";

import { createClient, isInhouseError, tool } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { z } from "zod";

const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
await using client = createClient({ provider: llamacpp({ baseURL }) });

const notes: string[] = ["The meeting is on Thursday."];
const readNotes = tool({ name: "read_notes", description: "Reads all notes.", execute: () => notes });
const clock = tool({ name: "clock", description: "Tells the time.", execute: () => new Date().toISOString() });
const writeNote = tool({
  name: "write_note",
  description: "Writes a note.",
  parameters: z.object({ text: z.string().max(80) }),
  needsApproval: true,
  execute: ({ text }) => `That is note ${notes.push(text)}.`,
});

async function approve({ name, arguments: args }: { readonly name: string; readonly arguments: unknown }) {
  if (!process.stdin.isTTY) return { refused: "nobody is here to ask" };
  const terminal = createInterface(process.stdin, process.stdout);
  const said = await terminal.question(`${name}(${JSON.stringify(args)})? [y/n] `);
  terminal.close();
  return said === "y" || { refused: "the user said no" };
}

const stream = client.streamTools({
  messages: process.argv[2] ?? "Note that the meeting moved to Friday.",
  tools: [readNotes, clock, writeNote],
  toolChoice: "required",
  approve,
  maxSteps: 3,
  maxTokens: 200,
  temperature: 0,
});
try {
  for await (const event of stream) {
    if (event.type === "text-delta") process.stdout.write(event.text);
    if (event.type === "tool-result") console.log(`${event.outcome.name}: ${event.outcome.content}`);
    if (event.type === "step") console.log(`\n– step ${event.index + 1}`);
  }
  const { endedBy, usage } = await stream.result;
  console.log(`${endedBy}, ${usage?.outputTokens} tokens written`);
} catch (error) {
  if (!isInhouseError(error)) throw error;
  console.log(`${error.code}: ${error.message}\n${error.hint}`);
}
