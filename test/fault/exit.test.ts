import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { fakeLlamacpp } from "../../src/testing/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What programs do with a client before they have nothing more to do; `url` is the server's. */
const programs: readonly (readonly [name: string, code: string])[] = [
  ["is idle after its calls", `await client.chat({ messages: "a" }); await client.stream({ messages: "b" }).result;`],
  [
    "was closed while calls waited in its queue",
    `const calls = Array.from({ length: 5 }, () => client.chat({ messages: "a b c d e f g h" }));
     const codes = Promise.all(calls.map((call) => call.then(() => "answer", ({ code }) => code)));
     while (client.limit.waiting() < 4) await new Promise((resolve) => setTimeout(resolve, 1));
     await client.close();
     if ((await codes).join() !== "closed,closed,closed,closed,closed") throw new Error("no end: " + (await codes));`,
  ],
  [
    "was closed within a grace that it did not need",
    `const call = client.chat({ messages: "a" }); await client.close({ graceMs: 600_000 }); await call;`,
  ],
  ["left a stream", `for await (const text of client.stream({ messages: "a b c d e f" }).text) break;`],
  [
    "has time limits of minutes",
    `await client.chat({ messages: "a", timeout: { totalMs: 600_000, firstTokenMs: 600_000, headersMs: 600_000 } });`,
  ],
  [
    "left a queue by a signal",
    `const running = client.stream({ messages: "a b c" }).result;
     await client.chat({ messages: "d", signal: AbortSignal.timeout(5) }).catch(() => undefined);
     await running;`,
  ],
];

test.concurrent.each(programs)("a program whose client %s ends by itself", async (_, code) => {
  await using server = await fakeLlamacpp({ pauseMs: 20 });
  const ran = await run(`
    import { concurrencyLimit, createClient } from "./src/index.ts";
    import { llamacpp } from "./src/providers/llamacpp/index.ts";
    const limit = concurrencyLimit({ max: 1 });
    const client = { ...createClient({ provider: llamacpp({ baseURL: "${server.url}" }), concurrency: limit }), limit };
    ${code}
    process.stdout.write(String(performance.now()));
    process.on("exit", () => process.stdout.write(" " + performance.now()));
  `);
  expect(ran.stderr).toBe("");
  expect(ran.code).toBe(0);
  const [done = 0, over = Number.POSITIVE_INFINITY] = ran.stdout.split(" ").map(Number);
  expect(over - done).toBeLessThan(3_000); // what remains may be nothing but a moment of the transport's
});

function run(
  code: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], { cwd: root });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (exit) => resolve({ code: exit, stdout, stderr }));
  });
}
