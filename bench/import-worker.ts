import { openSubject } from "./open-subject.ts";

/**
 * What a subject costs at a program's start, and until the first piece of its first answer; prints the outcome as JSON.
 * Imports next to nothing itself, since whatever it had loaded would come for free.
 */
const [, , subject = "", protocol = "", origin = ""] = process.argv;
const rss = process.memoryUsage.rss();
const startedAt = performance.now();
const open = await openSubject(subject, protocol === "ndjson" ? "ndjson" : "sse");
const importMs = performance.now() - startedAt;
const rssMb = (process.memoryUsage.rss() - rss) / 2 ** 20;
let firstMs = 0;
let text = "";
const client = open(`${origin}/${protocol === "ndjson" ? "ndflood" : "flood"}/1`);
await client.stream((piece) => {
  firstMs ||= performance.now() - startedAt;
  text += piece;
});
if (text !== "Once") throw new Error(`Another answer came: ${text}`);
const outcome = { figures: { import: importMs, rss: rssMb, "first delta": firstMs }, raw: {} };
process.stdout.write(JSON.stringify(outcome), () => process.exit());
