import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, inject, test } from "vitest";

import { runExample as run } from "../support/run-example.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Expectation {
  /** Needs a server that embeds. */
  readonly embeds?: boolean;
  /** Takes the server's address as its argument, and not from the environment. */
  readonly takesURL?: boolean;
  readonly output: RegExp;
}

/** What each example must print on a real server; a small model's words are not to be relied on. */
const expectations: Readonly<Record<string, Expectation>> = {
  "ai-sdk.ts": {
    output: /^weather\(\{"city":"(Graz|Oslo)"\}\)\n= .+\n[^]*\d+ tokens written\n(\d+, (Graz|Oslo)|no object: .*)\n$/,
  },
  "gateway.ts": {
    output:
      /^curl http:[^]*docs \/v1\/chat\/completions 200 complete, \d+ tokens, \d+ ms\n> [^]*\n401 .*"code":"invalid_api_key"/,
  },
  "mcp.ts": {
    output:
      /^notes 1\.0\.0: notes_read, notes_delete\nnotes_read: (Dentist at nine|Concert in Graz)\.\nnotes_delete: Error: .*notes are kept/,
  },
  "any-server.ts": {
    takesURL: true,
    output: /^llama-server b\d.*\n[^]*\ntools +no +.*GET \/props[^]*> .+\n(stop|length): /,
  },
  "chat.ts": { output: /^> .+[^]*> .+[^]*\d+ tokens read, \d+ of them from the cache\n$/ },
  // The small model's template knows no tools: they are in the prompt, and a call that must be is forced.
  "tools.ts": { output: /^(weather\(.*\n)*> [^]*(answer|max-steps) after \d steps?, \d+ tokens written\n$/ },
  "agent.ts": {
    output:
      /^(read_notes|clock|write_note): .+\n[^]*– step 1\n[^]*(answer|max-steps), \d+ tokens written\n$|^(output-limit|empty-reply): /,
  },
  "langchain.ts": {
    output: /^weather\(\{"city":"(Graz|Oslo)"\}\) = \d+ degrees\n[^]*\n(-?\d+, (Graz|Oslo)|no object: .*)\n$/,
  },
  "pull-the-plug.ts": {
    output:
      /^(What .+ (truncated|reset|connect) \(tries: .+\), had come: ".*"\n){4}[^]*the server is ready\n(What .+ ".+"\n){4}2 cut off, 2 tried again, 4 answered: held\n$/,
  },
  "stream.ts": {
    output: /(ended by (stop|length), first token after \d+ ms|stopped: .* \d+ characters had come\.)\n$/,
  },
  "structured.ts": {
    output: /^\{.*\}\n[^]*(\d articles, (red|green|blue)(, urgent)?|no order \((schema|output-limit)\): .*)\n$/,
  },
  "completion.ts": {
    output: /^(The capital of France is.*likelihood \d\.\de-?\d+\)\n|The capital of France is.*\n?)+/,
  },
  "analyze-pdf.ts": {
    takesURL: true,
    output:
      /^3 pieces, \d+ tokens; the window has \d+[^]*fits into one call\n[^]*read 3 of 3: page 3\n[^]*answer 1 of 1\n[^]*\nRests on: page 1, page 2, page 3\n[^]*1 calls, \d+ tokens read[^]*135 million parameters/,
  },
  // The servers of the tests neither see nor hear: a reader must learn from the example which one does.
  "analyze-meeting.ts": { takesURL: true, output: /neither written down nor heard[^]*start vllm --model speech/ },
  "analyze-video.ts": { takesURL: true, output: /neither seen nor heard[^]*start ollama --models vision/ },
  "describe-image.ts": { takesURL: true, output: /cannot be looked at[^]*start ollama --models vision/ },
  "compare-images.ts": { takesURL: true, output: /cannot be looked at[^]*start ollama --models vision/ },
  "semantic-search.ts": { embeds: true, output: /^(\d\.\d{3} {2}.+\n){4}5 vectors of \d+ numbers from \d+ tokens\n$/ },
};

test("every example is tried", () => {
  expect(Object.keys(expectations).toSorted()).toEqual(
    readdirSync(`${root}examples`)
      .filter((name) => name.endsWith(".ts"))
      .toSorted(),
  );
});

test.for(Object.entries(expectations))("%s", async ([file, { embeds = false, takesURL = false, output }], { skip }) => {
  const server = inject("llamacpp");
  if ("unavailable" in server) return skip(server.unavailable);
  const url = embeds ? server.embeddingUrl : server.url;
  const { code, stdout, stderr } = await run(file, takesURL ? [url] : [], { INHOUSE_LLAMACPP_URL: url });
  expect(stderr.replaceAll(/^npm warn.*\n/gm, "")).toBe("");
  expect(code).toBe(0);
  expect(stdout).toMatch(output);
});
