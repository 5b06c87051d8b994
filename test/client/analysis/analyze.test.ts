import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { AnalysisProgress } from "../../../src/client/analysis/analysis-input.ts";
import type { AnalysisCheckpoint } from "../../../src/core/analysis-checkpoint.ts";
import { failureOf } from "../../support/loopback.ts";
import { broken, noteTaker, paragraphs, type NoteTakerScript } from "../../support/note-taker.ts";

const task = "Say what it is about.";

/** Which paragraphs a call was shown. */
const shownIn = (text: string): readonly number[] =>
  [...text.matchAll(/Paragraph (\d+)\./g)].map(([, number]) => Number(number));

describe("a short material", () => {
  test("goes into one call, under its marks, and the task behind it", async () => {
    const { client, calls } = noteTaker();
    const result = await client.analyze({ file: paragraphs(2, 500), task });
    expect(calls.map(({ askedFor }) => askedFor)).toEqual(["answer"]);
    expect(calls[0]?.text).toMatch(/^\[lines 1-3\]\nParagraph 1\. [^]+Paragraph 2\. [^]+\n\nSay what it is about\.$/);
    expect(result).toMatchObject({
      text: "All of it [lines 1-3].",
      sources: [{ fromLine: 1, toLine: 3 }],
      cited: [{ fromLine: 1, toLine: 3 }],
      pieces: [{ sources: [{ fromLine: 1, toLine: 3 }], notes: [] }],
      failedPieces: [],
      warnings: [],
      calls: 1,
      finishReason: "stop",
    });
    expect(result.usage?.inputTokens).toBe(
      calls[0]?.request.messages.map(({ content }) => content as string).join("\n").length,
    );
  });

  test("of several parts tells them apart", async () => {
    const { client, calls } = noteTaker();
    const result = await client.analyze({
      parts: [{ type: "text", text: "Red is warm." }, paragraphs(1, 60), new Blob(["Blue is cold.\n"])],
      task,
    });
    expect(calls[0]?.marks).toEqual(["part 1, line 1", "part 2, line 1", "part 3, line 1"]);
    expect(result.sources).toEqual([
      { fromLine: 1, toLine: 1, part: 1 },
      { fromLine: 1, toLine: 1, part: 2 },
      { fromLine: 1, toLine: 1, part: 3 },
    ]);
    expect(result.cited).toEqual([{ fromLine: 1, toLine: 1, part: 1 }]);
  });

  test("whose tokens were estimated too low is read piece by piece after all", async () => {
    const { client, of } = noteTaker({ contextLength: 2_000, counts: false }); // a token of memory() is a letter
    const result = await client.analyze({ file: paragraphs(8, 400), task, maxTokens: 20 });
    expect(of("answer").length).toBe(1);
    expect(
      of("notes")
        .filter(({ text }) => text.length < 2_000)
        .flatMap(({ text }) => shownIn(text)),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(result.pieces.length).toBeGreaterThan(0);
    expect(result.calls).toBeGreaterThan(2);
  });
});

describe("a long material", () => {
  test("is read group by group, and answered from the notes", async () => {
    const { client, of, calls } = noteTaker();
    const result = await client.analyze({ file: paragraphs(12), task });
    expect(of("notes").flatMap(({ text }) => shownIn(text))).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    expect(of("notes").length).toBeGreaterThan(3);
    expect(of("answer from notes")).toHaveLength(1);
    expect(calls.at(-1)?.askedFor).toBe("answer from notes");
    for (const { text } of calls) expect(text.endsWith(`\n\n${task}`)).toBe(true);
    expect(result.pieces).toHaveLength(of("notes").length);
    expect(result.sources).toEqual(result.pieces.flatMap((piece) => piece.sources));
    expect(result.sources[0]).toMatchObject({ fromLine: 1 });
    expect(result.sources.at(-1)).toMatchObject({ toLine: 23 });
    expect(result.calls).toBe(calls.length);
    expect(result.pieces.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0), 0)).toBeLessThan(
      result.usage?.inputTokens ?? 0,
    );
  });

  test("has its notes condensed until they fit", async () => {
    const long = "what was said there, ".repeat(25);
    const { client, of } = noteTaker({
      script: ({ askedFor, marks }) =>
        askedFor === "notes" ? marks.map((mark) => `- ${long} [${mark}]`).join("\n") : undefined,
    });
    const result = await client.analyze({ file: paragraphs(40), task });
    expect(of("fewer notes").length).toBeGreaterThan(1);
    expect(of("answer from notes")).toHaveLength(1);
    // Every condensed note of the script keeps the first of its marks, and the answer rests on those alone.
    expect(result.sources.length).toBeLessThan(result.pieces.flatMap((piece) => piece.sources).length);
    expect(result.sources.length).toBe(of("fewer notes").filter(({ marks }) => marks.length > 0).length);
  });

  test("whose notes grow under condensing is an error, and no endless loop", async () => {
    let size = 300;
    const { client } = noteTaker({ script: () => "x".repeat((size += 100)) });
    const error = await failureOf(client.analyze({ file: paragraphs(40), task }));
    expect(error).toMatchObject({ code: "limit", message: /does not make them shorter/ });
  });

  test("of which the model notes nothing is answered, and the caller told", async () => {
    const { client, of } = noteTaker({ script: ({ askedFor }) => (askedFor === "notes" ? " \n-\n" : undefined) });
    const result = await client.analyze({ file: paragraphs(6), task });
    expect(of("answer from notes")[0]?.text).toContain("Nothing in the material matters for the task.");
    expect(result.sources).toEqual([]);
    expect(result.warnings).toEqual([{ option: "notes", message: "The model noted nothing of the material." }]);
  });

  test("where the server holds a model to a schema, a note can name no place but those that were shown", async () => {
    const { client, of } = noteTaker({ isHeld: true });
    const result = await client.analyze({ file: paragraphs(6), task });
    for (const { request, marks } of of("notes")) {
      expect(request.responseFormat).toMatchObject({
        type: "json-schema",
        schema: { properties: { notes: { items: { properties: { source: { enum: marks } } } } } },
      });
    }
    expect(result.pieces[0]?.notes[0]).toEqual({ text: "noted", sources: [result.pieces[0]?.sources[0]] });
  });
});

describe("progress", () => {
  test("tells of every stage how much is done", async () => {
    const { client } = noteTaker();
    const seen: AnalysisProgress[] = [];
    await client.analyze({ file: paragraphs(8), task, concurrency: 1, onProgress: (progress) => seen.push(progress) });
    const stages = [...new Set(seen.map(({ stage }) => stage))];
    expect(stages).toEqual(["read", "map", "answer"]);
    for (const stage of stages) {
      const events = seen.filter((progress) => progress.stage === stage);
      expect(events.at(-1)?.done).toBe(events.at(-1)?.total);
      expect(events.map(({ done }) => done)).toEqual(events.map(({ done }) => done).toSorted((a, b) => a - b));
    }
    expect(seen[0]?.source).toMatchObject({ fromLine: 1 });
  });

  test("that throws ends the analysis", async () => {
    const { client, calls } = noteTaker();
    const stop = new Error("enough");
    const analysis = client.analyze({
      file: paragraphs(12),
      task,
      onProgress({ stage, done }) {
        if (stage === "map" && done === 2) throw stop;
      },
    });
    await expect(analysis).rejects.toBe(stop);
    expect(calls.length).toBeLessThan(5);
  });
});

describe("a piece that fails", () => {
  test("ends the analysis, after what runs; the checkpoint goes on without doing anything twice", async () => {
    let isDown = true;
    const { client, of, calls } = noteTaker({
      script: ({ text }) => (isDown && shownIn(text).includes(7) ? broken() : undefined),
    });
    const error = await failureOf(client.analyze({ file: paragraphs(12), task }));
    expect(error).toMatchObject({
      code: "server",
      message: /^The analysis stopped at lines \d+-\d+: The server failed\.$/,
    });
    expect(error.hint).toMatch(/pass error\.partial\.analysis as resume\.$/);
    expect(error.partial?.text).toContain("noted [line 1]");
    const before = of("notes").length;
    const done = Object.keys(error.partial?.analysis?.notes ?? {}).length;
    expect(done).toBe(before - 1);

    isDown = false;
    const saved = JSON.parse(JSON.stringify(error.partial?.analysis)) as AnalysisCheckpoint;
    const result = await client.analyze({ file: paragraphs(12), task, resume: saved });
    const all = result.pieces.length;
    expect(of("notes").length - before).toBe(all - done);
    expect(result.sources.at(-1)).toMatchObject({ toLine: 23 });
    expect(result.calls).toBe(all - done + 1);
    const whole = calls.length;
    await client.analyze({ file: paragraphs(12), task: "Something else.", resume: saved });
    expect(calls.length - whole).toBe(all + 1); // another question has other notes
  });

  test("is left out and reported where the caller says so", async () => {
    const { client } = noteTaker({ script: ({ text }) => (shownIn(text).includes(7) ? broken() : undefined) });
    const result = await client.analyze({ file: paragraphs(12), task, onPieceError: "skip" });
    expect(result.failedPieces).toEqual([
      { sources: expect.any(Array), code: "server", message: "The server failed." },
    ]);
    const [failed] = result.failedPieces;
    expect(result.sources).not.toContainEqual(failed?.sources[0]);
    expect(result.warnings).toEqual([
      { option: "onPieceError", message: "The answer is without 1 piece of the material that failed." },
    ]);
  });

  test("as all others do is an error all the same", async () => {
    const { client } = noteTaker({ script: ({ askedFor }) => (askedFor === "notes" ? broken() : undefined) });
    const error = await failureOf(client.analyze({ file: paragraphs(12), task, onPieceError: "skip" }));
    expect(error).toMatchObject({
      code: "server",
      message: "No piece of the material could be read: The server failed.",
    });
  });

  test("among the notes leaves them out, and is an error where all do", async () => {
    const long = "what was said there, ".repeat(25);
    const script =
      (failing: number): NoteTakerScript =>
      ({ askedFor, marks }) => {
        if (askedFor === "notes") return marks.map((mark) => `- ${long} [${mark}]`).join("\n");
        if (askedFor !== "fewer notes") return undefined;
        condensing += 1;
        return condensing <= failing ? broken() : undefined;
      };
    let condensing = 0;
    const some = noteTaker({ script: script(1) });
    const result = await some.client.analyze({ file: paragraphs(40), task, onPieceError: "skip" });
    expect(result.failedPieces).toHaveLength(1);
    condensing = 0;
    const all = noteTaker({ script: script(Infinity) });
    const error = await failureOf(all.client.analyze({ file: paragraphs(40), task, onPieceError: "skip" }));
    expect(error).toMatchObject({ code: "server", message: /^No piece of the material could be read/ });
  });

  test("in the last call leaves the notes in the checkpoint", async () => {
    const { client } = noteTaker({
      script: ({ askedFor }) => (askedFor === "answer from notes" ? broken() : undefined),
    });
    const error = await failureOf(client.analyze({ file: paragraphs(12), task, onPieceError: "skip" }));
    expect(error.code).toBe("server");
    expect(Object.keys(error.partial?.analysis?.notes ?? {}).length).toBeGreaterThan(3);
  });

  test("is no reason to take anything for a checkpoint", async () => {
    const { client } = noteTaker();
    for (const resume of [{}, { version: 1, notes: { a: [{ text: 1 }] }, transcripts: {} }, "later"]) {
      const error = await failureOf(
        client.analyze({ file: paragraphs(1), task, resume: resume as AnalysisCheckpoint }),
      );
      expect(error).toMatchObject({ code: "invalid-request", message: /^resume/ });
    }
  });
});

describe("ends", () => {
  test("an abort stops all calls", async () => {
    const { client, provider } = noteTaker({ delayMs: 60_000 });
    const controller = new AbortController();
    const analysis = client.analyze({ file: paragraphs(12), task, signal: controller.signal });
    controller.abort(new Error("changed my mind"));
    const error = await failureOf(analysis);
    expect(error).toMatchObject({ code: "abort", name: "AbortError", cause: { message: "changed my mind" } });
    expect(provider.running).toBe(0);
  });

  test("the total limit is for all calls together", async () => {
    const { client } = noteTaker({ delayMs: 20 });
    const error = await failureOf(client.analyze({ file: paragraphs(30), task, timeout: { totalMs: 150 } }));
    expect(error).toMatchObject({ code: "timeout", phase: "total" });
  });

  test("a closed client begins none", async () => {
    const { client } = noteTaker();
    await client.close();
    expect((await failureOf(client.analyze({ file: paragraphs(1), task }))).code).toBe("closed");
  });
});

test.each([1, 3])("no more than %d calls run at a time", async (concurrency) => {
  let most = 0;
  const { client, provider } = noteTaker({
    delayMs: 1,
    script() {
      most = Math.max(most, provider.running);
      return undefined;
    },
  });
  await client.analyze({ file: paragraphs(20), task, concurrency });
  expect(most).toBe(concurrency);
});

describe("a typed output", () => {
  const output = z.object({ topic: z.string(), pages: z.number().int() });
  const fitting = '{"topic":"rain [lines 1-3]","pages":4}';

  test("is validated, of a short material and of a long one", async () => {
    const { client, calls } = noteTaker({
      script: ({ askedFor }) => (askedFor.startsWith("answer") ? fitting : undefined),
    });
    for (const count of [2, 12]) {
      const result = await client.analyze({ file: paragraphs(count, 600), task, output });
      expect(result.output).toEqual({ topic: "rain [lines 1-3]", pages: 4 });
      expect(result.cited).toEqual([{ fromLine: 1, toLine: 3 }]);
      expect(calls.at(-1)?.request.messages[0]?.content).toContain('"topic"'); // memory() holds to nothing: it is asked
    }
  });

  test("that does not fit is an error with the notes, and may be asked for again", async () => {
    let tries = 0;
    const { client } = noteTaker({
      script({ askedFor }) {
        if (!askedFor.startsWith("answer")) return undefined;
        tries += 1;
        return tries % 3 === 0 ? fitting : "about rain";
      },
    });
    const error = await failureOf(client.analyze({ file: paragraphs(12), task, output }));
    expect(error.code).toBe("schema");
    expect(error.partial?.text).toBe("about rain");
    expect(error.partial?.analysis).toBeDefined();
    const result = await client.analyze({
      file: paragraphs(12),
      task,
      output,
      maxOutputRetries: 1,
      ...(error.partial?.analysis && { resume: error.partial.analysis }),
    });
    expect(result.output.pages).toBe(4);
  });
});

describe("marks", () => {
  test("that were never shown are dropped, and the caller told", async () => {
    const { client } = noteTaker({
      script: () => "First [lines 1-3], then [page 99] and [Lines 1–3; line 7], as in [1] and [sic].",
    });
    const result = await client.analyze({ file: paragraphs(2, 500), task });
    expect(result.cited).toEqual([{ fromLine: 1, toLine: 3 }]);
    expect(result.warnings.map(({ message }) => message)).toEqual([
      "The answer names [page 99], which the model was not shown.",
      "The answer names [line 7], which the model was not shown.",
    ]);
  });

  test("of a note that names none are those of its whole group", async () => {
    const { client } = noteTaker({ script: ({ askedFor }) => (askedFor === "notes" ? "Much is said." : undefined) });
    const result = await client.analyze({ file: paragraphs(6), task });
    for (const { sources, notes } of result.pieces) expect(notes).toEqual([{ text: "Much is said.", sources }]);
  });
});

describe("wrong input", () => {
  test.each([
    [{ task }, "there is no material"],
    [{ task, file: paragraphs(1), image: paragraphs(1) }, "file and image cannot be combined"],
    [{ task: " ", file: paragraphs(1) }, "task: it is empty"],
    [{ task, parts: [] }, "parts: the list is empty"],
    [{ task, file: paragraphs(1), modality: ["text"] }, 'unknown option "modality"'],
    [{ task, file: paragraphs(1), modalities: ["smell"] }, "modalities[0]: expected text, image or audio"],
    [{ task, file: paragraphs(1), concurrency: 0 }, "concurrency: expected a whole number from 1"],
    [{ task, file: new Uint8Array() }, "file: the file is empty"],
    [{ task, file: Buffer.from("  \n\n ") }, "nothing in the material"],
    [{ task, image: paragraphs(1) }, "by its content is a PDF or text"],
  ])("%# is told before a model is asked", async (input, message) => {
    const { client, calls } = noteTaker();
    const error = await failureOf(client.analyze(input as never));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
    expect(calls).toEqual([]);
  });

  test("more pieces than are meant to be read fail before a model is asked", async () => {
    const { client, calls } = noteTaker();
    const error = await failureOf(client.analyze({ file: paragraphs(40), task, maxPieces: 10 }));
    expect(error).toMatchObject({
      code: "limit",
      message: /^The material has \d+ pieces or more, and at most 10 are read\.$/,
    });
    expect(calls).toEqual([]);
  });

  test("a task that fills the window is a context-length error with the numbers", async () => {
    const { client } = noteTaker({ contextLength: 480 });
    const error = await failureOf(client.analyze({ file: paragraphs(2), task }));
    expect(error).toMatchObject({ code: "context-length", contextLength: 480 });
  });
});
