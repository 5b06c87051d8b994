import { expectTypeOf, test } from "vitest";
import { z } from "zod";

import { choice, createClient, type AnalysisResult, type AnalysisSource } from "../../src/index.ts";
import { memory } from "../../src/testing/index.ts";

const client = createClient({ provider: memory() });
const file = { path: "manual.pdf" };
const task = "Summarise it.";

test("an analysis with an output has its type, and one without has none", async () => {
  const typed = await client.analyze({ file, task, output: z.object({ pages: z.number() }) });
  expectTypeOf(typed.output).toEqualTypeOf<{ pages: number }>();
  const chosen = await client.analyze({ file, task, output: choice(["yes", "no"]) });
  expectTypeOf(chosen.output).toEqualTypeOf<"yes" | "no">();
  const text = await client.analyze({ file, task });
  expectTypeOf(text).toEqualTypeOf<AnalysisResult>();
  expectTypeOf(text.sources).toEqualTypeOf<readonly AnalysisSource[]>();
  // @ts-expect-error there is none
  expectTypeOf(text.output).toBeNever();
});

test("files are bytes, places or parts; another client writes down what is said", () => {
  const bytes = new Uint8Array();
  expectTypeOf(client.analyze).toBeCallableWith({ image: bytes, task });
  expectTypeOf(client.analyze).toBeCallableWith({ audio: new Blob([]), task, transcriber: client });
  expectTypeOf(client.analyze).toBeCallableWith({ video: file, task, transcriber: { client, model: "whisper" } });
  expectTypeOf(client.analyze).toBeCallableWith({ file: { data: bytes, name: "a.csv" }, task });
  expectTypeOf(client.analyze).toBeCallableWith({ parts: [bytes, { type: "image", path: "b.png" }], task });
  // @ts-expect-error a task is there in any case
  expectTypeOf(client.analyze).toBeCallableWith({ file });
});
