import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { loopback } from "../support/loopback.ts";
import { chatStream } from "../support/wire.ts";
import { whole } from "./fault.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What programs do with a client before they have nothing more to do; `url` is the server's. */
const programs: readonly (readonly [name: string, code: string])[] = [
  ["is idle after its calls", `await client.chat({ messages: "a" }); await client.stream({ messages: "b" }).result;`],
  [
    "was closed while calls waited in its queue",
    `const calls = Array.from({ length: 5 }, () => client.chat({ messages: "a b c d e f g h" }));
     const codes = Promise.all(calls.map((call) => call.then(() => "answer", ({ code }) => code)));
     while (limit.waiting() < 4) await new Promise((resolve) => setTimeout(resolve, 1));
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

test.each(programs)("a program whose client %s ends by itself", async (_, code) => {
  // Connections are kept for minutes, so that one which held the process would do so for longer than the test may take.
  const server = await loopback((arrived) => setTimeout(() => whole(arrived, chatStream("a", "b", "c")), 40));
  const ran = await run(`
    import { concurrencyLimit, createClient, createTransport } from "./src/index.ts";
    import { llamacpp } from "./src/providers/llamacpp/index.ts";
    const limit = concurrencyLimit({ max: 1 });
    const transport = createTransport({ keepAliveMs: 600_000 });
    const provider = llamacpp({ baseURL: "${server.origin}", transport });
    const client = createClient({ provider, concurrency: limit });
    ${code}
    process.stdout.write("done");
  `);
  expect(ran).toEqual({ code: 0, stdout: "done", stderr: "" });
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
