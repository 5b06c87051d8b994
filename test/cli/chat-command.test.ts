import { describe, expect, test } from "vitest";

import { fakeVllm } from "../../src/testing/index.ts";
import { typed, writtenIn } from "../support/command-line.ts";
import { freePort } from "../support/loopback.ts";

describe("inhouse chat", () => {
  test("answers what is piped into it, and writes the answer alone", async () => {
    await using server = await fakeVllm({ text: "Blue." });
    const { code, out, problem } = await writtenIn(
      { lines: () => typed(["Name a colour.", "One word."]) },
      "chat",
      server.url,
      "--system",
      "Be short.",
      "--max-tokens",
      "9",
    );
    expect([code, out, problem]).toEqual([0, "Blue.\n", ""]);
    const asked = server.requests.find(({ path }) => path.endsWith("/chat/completions"));
    expect(asked?.body).toMatchObject({
      max_tokens: 9,
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "Name a colour.\nOne word." },
      ],
    });
  });

  test("keeps the conversation until /clear", async () => {
    await using server = await fakeVllm({ text: "Blue." });
    const lines = ["one", "two", "/clear", "three", "/exit", "four"];
    await writtenIn({ isTerminal: true, lines: () => typed(lines) }, "chat", server.url);
    const asked = server.requests.filter(({ path }) => path.endsWith("/chat/completions"));
    const contents = asked.map(({ body }) =>
      (body as { messages: { content: string }[] }).messages.map(({ content }) => content),
    );
    expect(contents).toEqual([["one"], ["one", "Blue.", "two"], ["three"]]);
  });

  test("says how to start a server where there is none", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, problem } = await writtenIn({}, "chat", url);
    expect([code, problem]).toEqual([
      1,
      expect.stringMatching(/^inhouse chat: No connection to [^]*Start a server there/),
    ]);
  });

  test("Ctrl-C ends an answer, and what has come of it stays in the conversation", async () => {
    await using server = await fakeVllm({ text: "one two three four", pauseMs: 20 });
    let interrupt = (): void => undefined;
    const { code } = await writtenIn(
      {
        isTerminal: true,
        lines: () => typed(["count", "go on"]),
        onInterrupt: (listener) => {
          interrupt = listener;
          return { [Symbol.dispose]: () => undefined };
        },
        out: (text) => {
          if (text.includes("two")) interrupt();
        },
      },
      "chat",
      server.url,
    );
    expect(code).toBe(0);
    const asked = server.requests.filter(({ path }) => path.endsWith("/chat/completions"));
    const said = { role: "assistant", content: expect.stringMatching(/^one two ?$/) };
    expect(asked[1]?.body).toMatchObject({ messages: [{}, said, { content: "go on" }] });
  });

  test("what a terminal would obey is not written", async () => {
    await using server = await fakeVllm({ text: "a\u001B]0;title\u0007b\u009B2J\tc\nd" });
    const { out } = await writtenIn({ lines: () => typed(["?"]) }, "chat", server.url);
    expect(out).toBe("a]0;titleb2J\tc\nd\n");
  });
});
