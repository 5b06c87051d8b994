/**
 * A worker for bulk jobs on BullMQ: start as many as there are machines. What one was doing when it died, another does.
 *
 *     redis-server &
 *     npx tsx examples/services/bulk-worker.ts &
 *     npx tsx examples/services/bulk-submit.ts "A text that is to be summarised."
 */
import { Worker } from "bullmq";
import { concurrencyLimit, createClient, type Priority } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

interface Summarise {
  readonly text: string;
  readonly priority: Priority;
}

const places = concurrencyLimit({ max: Number(process.env["PLACES"] ?? 4) });
const client = createClient({
  provider: llamacpp({ baseURL: process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080" }),
  concurrency: places, // give it to every client of this server in this process
  maxRetries: 5,
});

const worker = new Worker<Summarise, { readonly summary: string; readonly outputTokens?: number }>(
  "summaries",
  async (job, _token, signal) => {
    const cancelled = signal ? { signal } : {};
    await client.waitUntilReady({ timeoutMs: 600_000, ...cancelled }); // a server that is down for a while costs no job
    const stream = client.stream({
      messages: `Summarise in one sentence:\n\n${job.data.text}`,
      maxTokens: 200,
      priority: job.data.priority,
      ...cancelled,
    });
    let characters = 0;
    let toldAt = performance.now();
    for await (const text of stream.text) {
      characters += text.length;
      if (performance.now() - toldAt < 1_000) continue;
      toldAt = performance.now();
      await job.updateProgress({ characters });
    }
    const { text, usage } = await stream.result;
    return { summary: text, ...(usage ? { outputTokens: usage.outputTokens } : {}) };
  },
  {
    connection: { url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379", maxRetriesPerRequest: null },
    concurrency: places.max,
    // A worker that has died no longer holds on to its jobs after this time. A job that kills its workers is given up.
    lockDuration: Number(process.env["LOCK_MS"] ?? 30_000),
    stalledInterval: Number(process.env["LOCK_MS"] ?? 30_000),
    maxStalledCount: 3,
  },
);
worker.on("active", (job) => console.log(`${job.id?.slice(0, 8)} begun`));
worker.on("completed", (job) => console.log(`${job.id?.slice(0, 8)} done`));
worker.on("failed", (job, error) => console.error(`${job?.id?.slice(0, 8)} failed: ${error.message}`));
worker.on("lockRenewalFailed", (ids) => ids.forEach((id) => worker.cancelJob(id))); // they are another worker's now
worker.on("error", (error) => console.error(error.message)); // Redis is away; it is looked for until it is back

process.once("SIGTERM", () => {
  // Takes no more jobs and finishes what it has; what is not done by then is another worker's.
  setTimeout(() => process.exit(1), 25_000).unref();
  void worker.close().then(() => client.close());
});

await worker.waitUntilReady();
console.log("ready");
