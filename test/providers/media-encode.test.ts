import { expect, onTestFinished, test } from "vitest";

import type { Part } from "../../src/core/message.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatRequest } from "../../src/core/request.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { chatRequest, opening } from "../support/canned.ts";
import { failureOf, loopback } from "../support/loopback.ts";
import { chatLine } from "../support/ollama-wire.ts";
import { chatStream, reply } from "../support/wire.ts";

const data = Uint8Array.of(1, 2, 3);
const text = { type: "text", text: "See:" } as const;
const image = { type: "image", mediaType: "image/png", data } as const;
const audio = { type: "audio", mediaType: "audio/mpeg", data } as const;
const video = { type: "video", mediaType: "video/mp4", data } as const;
const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } };
const sound = { type: "input_audio", input_audio: { data: "AQID", format: "mp3" } };

const providers: Readonly<Record<string, (baseURL: string) => Provider>> = {
  openaiCompatible: (baseURL) => openaiCompatible({ baseURL }),
  vllm: (baseURL) => vllm({ baseURL }),
  llamacpp: (baseURL) => llamacpp({ baseURL }),
  ollama: (baseURL) => ollama({ baseURL }),
};

/** The user's message as it arrives at a server. */
async function arrived(name: string, ...content: readonly Part[]): Promise<unknown> {
  const stream = { "content-type": "text/event-stream" };
  const server = await loopback(({ socket }) =>
    socket.write(name === "ollama" ? reply(chatLine("a")) : reply(chatStream("a"), 200, stream)),
  );
  const provider = providers[name]?.(server.origin);
  if (!provider) throw new Error(`no ${name}`);
  onTestFinished(() => provider.close());
  await opening(provider.send, chatRequest({ messages: [{ role: "user", content }] }) satisfies ChatRequest);
  const [request] = server.requests;
  expect(request?.head).toMatch(/content-length: \d+/i);
  return (JSON.parse(request?.body ?? "{}") as { readonly messages: readonly unknown[] }).messages[0];
}

test.each(["openaiCompatible", "vllm", "llamacpp"])("%s: pictures and sound in the protocol's parts", async (name) => {
  const message = await arrived(name, text, image, audio);
  expect(message).toEqual({ role: "user", content: [{ type: "text", text: "See:" }, picture, sound] });
});

test("vllm: a film as a data: URL", async () => {
  const film = { type: "video_url", video_url: { url: "data:video/mp4;base64,AQID" } };
  expect(await arrived("vllm", video)).toEqual({ role: "user", content: [film] });
});

test("llamacpp: a film as bare base64", async () => {
  expect(await arrived("llamacpp", video)).toEqual({
    role: "user",
    content: [{ type: "input_video", input_video: { data: "AQID" } }],
  });
});

test("ollama: pictures and sound in one list beside the text, each text on a line of its own", async () => {
  const time = { type: "text", text: "[00:12]" } as const;
  expect(await arrived("ollama", text, time, image, audio)).toEqual({
    role: "user",
    content: "See:\n[00:12]",
    images: ["AQID", "AQID"],
  });
});

test.each<[string, Part]>([
  ["openaiCompatible", video],
  ["ollama", video],
  ["openaiCompatible", { type: "file", source: data }],
  ["ollama", { type: "file", source: data }],
])("%s: what it cannot write is refused, and nothing is sent", async (name, part) => {
  expect((await failureOf(arrived(name, part))).code).toBe("unsupported");
});

test("every provider says what it takes, and openaiCompatible() what its caller says", () => {
  for (const make of Object.values(providers)) {
    const { media } = make("http://model.example");
    expect(media?.image.mediaTypes).toContain("image/png");
    expect(media?.audio.mediaTypes).toContain("audio/wav");
  }
  const media = { image: { mediaTypes: ["image/avif"] }, audio: { mediaTypes: [] } };
  expect(openaiCompatible({ baseURL: "http://model.example", media }).media).toBe(media);
});
