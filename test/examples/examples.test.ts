import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What each example must print on a real server; a small model's words are not to be relied on. */
const expectations: Readonly<Record<string, { readonly embeds?: boolean; readonly output: RegExp }>> = {
  "chat.ts": { output: /^> .+[^]*> .+[^]*\d+ tokens read, \d+ of them from the cache\n$/ },
  "stream.ts": {
    output: /(ended by (stop|length), first token after \d+ ms|stopped: .* \d+ characters had come\.)\n$/,
  },
  "completion.ts": {
    output: /^(The capital of France is.*likelihood \d\.\de-?\d+\)\n|The capital of France is.*\n?)+/,
  },
  "semantic-search.ts": { embeds: true, output: /^(\d\.\d{3} {2}.+\n){4}5 vectors of \d+ numbers from \d+ tokens\n$/ },
};

test("every example is tried", () => {
  expect(Object.keys(expectations).toSorted()).toEqual(readdirSync(`${root}examples`).toSorted());
});

test.for(Object.entries(expectations))("%s", async ([file, { embeds = false, output }], { skip }) => {
  const server = inject("llamacpp");
  if ("unavailable" in server) return skip(server.unavailable);
  const url = embeds ? server.embeddingUrl : server.url;
  const { code, stdout, stderr } = await run(file, url);
  expect(stderr.replaceAll(/^npm warn.*\n/gm, "")).toBe("");
  expect(code).toBe(0);
  expect(stdout).toMatch(output);
});

function run(file: string, url: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", `examples/${file}`], {
      cwd: root,
      env: { ...process.env, INHOUSE_LLAMACPP_URL: url },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
