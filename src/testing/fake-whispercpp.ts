import { hear } from "./fake-hearing.ts";
import { checkFakeOptions, fakeServer, type FakeBehaviour, type FakeServer, type FakeTraits } from "./fake-server.ts";

/** Options of `fakeWhispercpp`. */
export interface FakeWhispercppOptions extends FakeBehaviour {
  /** What it hears in every recording. Default: what `memory()` does. */
  readonly text?: string;
}

const traits: FakeTraits = {
  headers: { server: "whisper.cpp" },
  calls: ["/inference"],
  loading: "not-listening",
  headersFirst: false,
  error: (_, error) => ({ error }),
  errorFrames: [{ error: "failed to process audio" }],
};

/** A server like whisper.cpp's on loopback without a model, as its sources of November 2026 have it. Throws `invalid-request`. */
export async function fakeWhispercpp(options: FakeWhispercppOptions = {}): Promise<FakeServer> {
  checkFakeOptions("fakeWhispercpp", options, { text: true });
  const { text } = options;
  return fakeServer(
    (request, reply) => {
      const path = request.path.replace(/\?.*/, "");
      if (request.method === "GET" && path === "/health") return reply.json({ status: "ok" });
      if (request.method !== "POST" || path !== "/inference") return reply.text(`File Not Found (${path})`, 404);
      const said = hear(request, { model: "whisper", ...(text === undefined ? {} : { text }) });
      if (!said) return reply.text("Invalid request", 400);
      const { language = "en", response_format: format } = request.body;
      const whole = { text: ` ${said.text}\n` };
      if (format !== "verbose_json") return reply.whole(whole, said.pieces.length);
      const told = language === "auto" ? "english" : language;
      const verbose = { task: "transcribe", language: told, duration: said.seconds, ...whole, segments: said.segments };
      return reply.whole(verbose, said.pieces.length);
    },
    traits,
    options,
  );
}
