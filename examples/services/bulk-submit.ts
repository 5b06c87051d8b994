/**
 * Puts jobs for the workers of bulk-worker.ts into the queue, and waits for what comes of them. The same text is the same job,
 * however often it is submitted.
 *
 *     npx tsx examples/services/bulk-submit.ts "A text that is to be summarised." "Another one."
 *     npx tsx examples/services/bulk-submit.ts --interactive "Somebody waits for this one."
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";

import { Queue, QueueEvents } from "bullmq";

const { values, positionals: texts } = parseArgs({
  allowPositionals: true,
  options: { interactive: { type: "boolean", default: false } },
});
const connection = { url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379", maxRetriesPerRequest: null };

const queue = new Queue("summaries", { connection });
const events = new QueueEvents("summaries", { connection });
await events.waitUntilReady();
events.on("progress", ({ jobId, data }) => console.log(`${jobId.slice(0, 8)} ${JSON.stringify(data)}`));

const jobs = await Promise.all(
  texts.map((text) =>
    queue.add(
      "summary",
      { text, priority: values.interactive ? "interactive" : "batch" },
      {
        jobId: createHash("sha256").update(text).digest("hex"),
        priority: values.interactive ? 1 : 10, // a smaller number goes first
        attempts: 1, // the worker's client tries again, and knows when that helps
        removeOnComplete: { age: 7 * 24 * 3_600 },
        removeOnFail: { age: 24 * 3_600 },
      },
    ),
  ),
);
// One that has failed before is tried again; one that is done is not.
await Promise.all(jobs.map(async (job) => (await job.isFailed()) && job.retry()));
console.log(`${new Set(jobs.map(({ id }) => id)).size} jobs submitted`);
const outcomes = await Promise.allSettled(jobs.map((job) => job.waitUntilFinished(events)));
for (const [index, outcome] of outcomes.entries()) {
  const id = jobs[index]?.id?.slice(0, 8);
  if (outcome.status === "fulfilled") console.log(`${id} done: ${JSON.stringify(outcome.value)}`);
  else console.log(`${id} failed: ${String(outcome.reason)}`);
}
await Promise.all([events.close(), queue.close()]);
