import { describe, expect, test } from "vitest";

import { fitMedia } from "../../../src/client/files/fit-media.ts";
import type { MediaOptions } from "../../../src/client/files/media-options.ts";
import type { MediaTools } from "../../../src/client/files/media-tools.ts";
import { no, unknown, yes, type Capabilities } from "../../../src/core/capability.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { MediaSupport } from "../../../src/core/media-support.ts";
import type { Part } from "../../../src/core/message.ts";
import { chatRequest, scripted, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";
import { heads, mediaStandIn } from "../../support/media-stand-in.ts";

const media: MediaSupport = {
  image: { mediaTypes: ["image/png"], maxBytes: 1_000 },
  audio: { mediaTypes: ["audio/wav"], maxBytes: 1_000, maxMs: 10_000 },
  video: { mediaTypes: ["video/mp4"], maxBytes: 1_000 },
};
const context = { signal: new AbortController().signal, timeouts: {} };

interface Given {
  readonly capabilities?: Partial<Capabilities>;
  readonly options?: MediaOptions;
  readonly tools?: MediaTools;
  readonly support?: MediaSupport;
}

/** A target with eyes and ears, and the fitting of parts to it. */
function fitting({ capabilities = {}, options, tools = mediaStandIn(), support = media }: Given = {}) {
  const provider = stubProvider(scripted([]), { media: support });
  const able = { image: yes("it sees"), audio: yes("it hears"), video: no("no films") };
  const target = {
    provider,
    known: () => Promise.reject(new Error("asked")),
    media: options,
    files: { opened: new WeakMap(), fitted: new WeakMap() },
  };
  return (...parts: readonly Part[]) =>
    fitMedia(
      target,
      chatRequest({ messages: [{ role: "user", content: parts }] }),
      { ...provider.capabilities, ...able, ...capabilities },
      context,
      tools,
    );
}

const file = (source: Uint8Array | AsyncIterable<Uint8Array>, more: object = {}): Part => ({
  type: "file",
  source,
  ...more,
});

/** The content that a request has after fitting: each part as a word. */
async function contentOf(fit: ReturnType<ReturnType<typeof fitting>>) {
  const { request, warnings } = await fit;
  const content = request.messages?.[0]?.content ?? "";
  const shown =
    typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : part.type));
  return { shown, warnings };
}

describe("a file becomes what the server takes", () => {
  test("by its content: a picture, a sound, a text", async () => {
    const fit = fitting();
    expect((await contentOf(fit({ type: "text", text: "See:" }, file(heads.png)))).shown).toEqual(["See:", "image"]);
    expect((await contentOf(fit(file(heads.wav)))).shown).toEqual(["audio"]);
    expect((await contentOf(fit(file(Buffer.from("Hello"), { name: "a.txt" })))).shown).toBe("[a.txt]\nHello");
  });

  test("texts alone are one text, whose tokens can be counted", async () => {
    const { shown } = await contentOf(fitting()({ type: "text", text: "Sum up:" }, file(Buffer.from("Hello"))));
    expect(shown).toBe("Sum up:\n\nHello");
  });

  test("what was changed is a warning with its place", async () => {
    const tools = mediaStandIn({
      fitImage: (data) =>
        Promise.resolve({ data, mediaType: "image/png", width: 8, height: 4, changes: ["scaled to 8 × 4"] }),
    });
    const { warnings } = await contentOf(fitting({ tools })({ type: "text", text: "a" }, file(heads.png)));
    expect(warnings).toEqual([{ option: "messages[0].content[1]", message: "The picture was scaled to 8 × 4." }]);
  });

  test("a picture is no larger than its model makes use of, and as it is where nothing can scale it", async () => {
    const asked: unknown[] = [];
    const tools = (canScale: boolean) =>
      mediaStandIn({
        imageBudget: () => Promise.resolve({ maxPixels: 50 }),
        fitImage: (data, budget) => {
          asked.push(budget.maxPixels);
          if (budget.maxPixels === 50 && !canScale) return Promise.reject(new InhouseError("unsupported", "no sharp"));
          return Promise.resolve({ data, mediaType: "image/png", width: 8, height: 4, changes: [] });
        },
      });
    for (const canScale of [true, false]) await fitting({ tools: tools(canScale) })(file(heads.png));
    expect(asked).toEqual([50, 50, undefined]);
  });

  test("a picture in base64 stays as it is where it fits, and where its head tells nothing", async () => {
    const part = { type: "image", mediaType: "image/png", data: heads.png.toString("base64") } as const;
    for (const facts of [undefined, { width: 20, height: 10, hasAlpha: false }]) {
      const { request } = await fitting({ tools: mediaStandIn({ imageFacts: () => Promise.resolve(facts) }) })(part);
      expect(request.messages?.[0]?.content).toEqual([part]);
    }
  });

  test("a film is sent whole where model and server take films, with its sound beside it", async () => {
    const fit = fitting({ capabilities: { video: yes("it sees films") } });
    expect((await contentOf(fit(file(heads.mp4)))).shown).toEqual(["video", "audio"]);
  });

  test.each<[string, Given]>([
    ["the model is not known to", { capabilities: { video: unknown("nobody tells") } }],
    [
      "the server does not",
      { capabilities: { video: yes("it does") }, support: { image: media.image, audio: media.audio } },
    ],
  ])("a film is sent as pictures, each after its time, where %s take films", async (_, given) => {
    const { shown, warnings } = await contentOf(
      fitting({ ...given, options: { video: { frames: 2 } } })(file(heads.mp4)),
    );
    expect(shown).toEqual(["[00:00]", "image", "[00:01]", "image", "audio"]);
    expect(warnings.map(({ message }) => message)).toEqual(["The film of 00:14 is sent as 2 pictures."]);
  });

  test("the sound of a film is left out, with a warning, where the model is not known to hear", async () => {
    const fit = fitting({ capabilities: { audio: unknown("nobody tells") }, options: { video: { frames: 1 } } });
    const { shown, warnings } = await contentOf(fit(file(heads.mp4)));
    expect(shown).toEqual(["[00:00]", "image"]);
    expect(warnings[1]?.message).toContain("The sound of the film was left out");
  });
});

describe("a PDF", () => {
  const pdf = file(heads.pdf, { name: "a.pdf" });

  test("is its text, and a picture of each page without one where the model has eyes", async () => {
    const tools = mediaStandIn();
    const { shown, warnings } = await contentOf(fitting({ tools })(pdf));
    expect(shown).toEqual(["[a.pdf]", "[page 1]\ntext 1", "[page 2]", "image", "[page 3]\ntext 3"]);
    expect(warnings).toEqual([]);
    expect(tools.calls).toContain("close");
  });

  test("is text alone for a model without eyes, with a warning of what is missing", async () => {
    const { shown, warnings } = await contentOf(fitting({ capabilities: { image: no("no eyes") } })(pdf));
    expect(shown).toBe("[a.pdf]\n\n[page 1]\ntext 1\n\n[page 2]\n\n[page 3]\ntext 3");
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("Nothing is sent of page 2")]);
  });

  test.each<[NonNullable<MediaOptions["pdf"]>, readonly string[]]>([
    [{ as: "pictures", maxPages: 1 }, ["[a.pdf]", "[page 1]", "image"]],
    [{ as: "both", maxPages: 1 }, ["[a.pdf]", "[page 1]\ntext 1", "image"]],
  ])("as the caller wants it: %j", async (option, expected) => {
    const { shown, warnings } = await contentOf(fitting({ options: { pdf: option } })(pdf));
    expect(shown).toEqual(expected);
    expect(warnings.map(({ message }) => message)).toEqual(["The first 1 of 3 pages are sent."]);
  });

  test("of scans alone is refused for a model without eyes, and closed", async () => {
    const tools = mediaStandIn({ isScan: () => Promise.resolve(true) });
    const error = await failureOf(
      fitting({
        tools: {
          ...tools,
          openPdf: async () => ({ ...(await tools.openPdf(heads.pdf)), text: () => Promise.resolve("") }),
        },
        capabilities: { image: no("no eyes") },
      })(pdf),
    );
    expect(error).toMatchObject({ code: "unsupported", hint: expect.stringContaining("OCR") });
    expect(tools.calls).toContain("close");
  });
});

describe("refused before it is read", () => {
  /** A stream of this head and much more, and how many pieces were read. */
  function streamOf(head: Uint8Array) {
    let pieces = 0;
    let left = false;
    async function* stream() {
      try {
        for (let first = true; ; first = false) {
          pieces += 1;
          yield first ? Buffer.concat([head, Buffer.alloc(8_192)]) : Buffer.alloc(8_192);
        }
      } finally {
        left = true;
      }
    }
    return { source: stream(), pieces: () => pieces, left: () => left };
  }

  test.each<[string, Uint8Array, Partial<Capabilities>, string]>([
    ["a picture, of a model without eyes", heads.png, { image: no("no eyes", "Take another.") }, "Take another."],
    ["a sound, of a model without ears", heads.wav, { audio: no("no ears") }, "ranscribe it with a speech model"],
    ["a film, of a model without eyes", heads.mp4, { image: no("no eyes"), video: no("no films") }, "sees pictures"],
  ])("%s", async (_, head, capabilities, hint) => {
    const tools = mediaStandIn();
    const { source, pieces, left } = streamOf(head);
    const error = await failureOf(fitting({ capabilities, tools })(file(source, { name: "a" })));
    expect(error.code).toBe("unsupported");
    expect(error.message).toMatch(/no (eyes|ears|films)/);
    expect(error.hint).toContain(hint);
    expect([pieces(), left(), tools.calls]).toEqual([1, true, []]);
  });

  test("nothing of a message is fitted where one of its files is refused", async () => {
    const tools = mediaStandIn();
    const fit = fitting({ tools, capabilities: { audio: no("no ears") } });
    await failureOf(fit(file(heads.png), file(heads.wav)));
    expect(tools.calls).toEqual([]);
  });

  test.each<[string, Part, string]>([
    ["nothing", file(new Uint8Array()), "the file is empty"],
    ["a picture of no bytes", { type: "image", mediaType: "image/png", data: "" }, "the file is empty"],
    ["a program", file(heads.program), "no picture, sound, film, PDF or text"],
    [
      "a renamed sound",
      file(heads.wav, { kind: "image" }),
      "given as a picture, and by its content is a sound (audio/wav)",
    ],
    [
      "a PDF in base64 under another name",
      { type: "image", mediaType: "image/png", data: heads.pdf.toString("base64") },
      "by its content is a PDF or text",
    ],
  ])("%s", async (_, part, words) => {
    const error = await failureOf(fitting()(part));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(words);
    expect(error.message).toContain("messages[0].content[0]");
  });

  test("what is too large or too long for the server, with its bound", async () => {
    const large = Buffer.concat([heads.png, Buffer.alloc(1_000)]);
    const error = await failureOf(fitting()(file(large)));
    expect(error).toMatchObject({ code: "too-large", message: expect.stringContaining("takes 1000 bytes of a file") });
    const long = mediaStandIn({
      fitSound: () => Promise.resolve({ data: heads.wav, mediaType: "audio/wav", durationMs: 10_001, changes: [] }),
    });
    expect((await failureOf(fitting({ tools: long })(file(heads.wav)))).message).toContain("takes 10 s of sound");
  });

  test.each<[MediaOptions, string]>([
    [{ paths: "/srv" as never }, "media.paths: expected true or a list"],
    [{ urls: ["files.example.com"] }, "media.urls: expected origins"],
    [{ maxFileBytes: 0 }, "media.maxFileBytes: expected a whole number from 1"],
    [{ video: { frames: 1.5 } }, "media.video.frames"],
    [{ pdf: { as: "html" as never } }, "media.pdf.as: expected auto, text, pictures or both"],
    [{ image: { maxedge: 5 } as never }, 'media.image: unknown option "maxedge"'],
  ])("a wrong option: %j", async (options, words) => {
    const error = await failureOf(fitting({ options })(file(heads.png)));
    expect(error).toMatchObject({ code: "invalid-request", message: expect.stringContaining(words) });
  });
});

describe("another try of the call", () => {
  test("neither reads nor fits again", async () => {
    const tools = mediaStandIn();
    const fit = fitting({ tools });
    async function* once() {
      yield heads.png;
    }
    const part = file(once());
    const [first, second] = [await fit(part), await fit(part)];
    expect(second.request.messages).toEqual(first.request.messages);
    expect(tools.calls.filter((name) => name === "fitImage")).toHaveLength(1);
  });

  test("fits again what failed to be fitted", async () => {
    let tries = 0;
    const stand = mediaStandIn();
    const fit = fitting({
      tools: {
        ...stand,
        fitImage: (...given) => (++tries === 1 ? Promise.reject(new Error("busy")) : stand.fitImage(...given)),
      },
    });
    const part = file(heads.png);
    expect((await failureOf(fit(part))).message).toContain("cannot be read");
    expect((await contentOf(fit(part))).shown).toEqual(["image"]);
  });
});
