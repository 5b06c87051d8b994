import { isInhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import { ask, chatRequest, codeOf, failureOf, whereSupported } from "./contract-ask.ts";
import type { ContractCase } from "./contract-case.ts";

/** What a chat reply is like. */
export const chatCases: readonly ContractCase[] = [
  {
    name: "answers with one start, deltas and one finish",
    async run(subject, expect) {
      const reply = await ask(subject.provider(), chatRequest(subject, "Count from one to ten."));
      expectGrammar(reply.events, expect);
      expect(reply.text.length).toBeGreaterThan(0);
      expect(reply.events.filter(({ type }) => type === "text-delta").length).toBeGreaterThan(1);
      expect(["stop", "length"]).toContain(reply.finish?.finishReasons[0]);
      expect(reply.finish?.usage?.inputTokens ?? 0).toBeGreaterThan(0);
      expect(reply.finish?.usage?.outputTokens ?? 0).toBeGreaterThan(0);
      expect((reply.finish?.model ?? "").length).toBeGreaterThan(0);
    },
  },
  {
    name: "answers in the same events when no stream is asked for",
    async run(subject, expect) {
      const reply = await ask(subject.provider(), chatRequest(subject, "Say hello.", {}, { stream: false }));
      expectGrammar(reply.events, expect);
      expect(reply.text.length).toBeGreaterThan(0);
    },
  },
  {
    name: "stops at the token limit and says so",
    async run(subject, expect) {
      const { finish } = await ask(subject.provider(), chatRequest(subject, "Tell me a long story.", { maxTokens: 2 }));
      expect(finish?.finishReasons).toEqual(["length"]);
      expect(finish?.usage?.outputTokens ?? 0).toBeLessThanOrEqual(2);
    },
  },
  {
    name: "stops at a stop text, which is not part of the answer",
    async run(subject, expect) {
      const request = chatRequest(subject, "Repeat: the cat sees the tree.", { maxTokens: 40, stop: ["e"] });
      const reply = await ask(subject.provider(), request);
      expect(reply.finish?.finishReasons).toEqual(["stop"]);
      expect(reply.text.includes("e")).toBe(false);
    },
  },
  {
    name: "gives as many answers as were asked for, or refuses",
    async run(subject, expect) {
      const request = chatRequest(subject, "Name a colour.", { maxTokens: 4 }, { n: 2 });
      try {
        const { choices, finish } = await ask(subject.provider(), request);
        expect(choices.length, `n: 2 gave ${choices.length}`).toBe(2);
        expect(finish?.finishReasons.length).toBe(2);
        return `n: 2 gives ${choices.length}`;
      } catch (error) {
        if (!isInhouseError(error)) throw error;
        // vLLM refuses more than one where all would be the same.
        expect(["unsupported", "invalid-request"], codeOf(error)).toContain(error.code);
        return codeOf(error);
      }
    },
  },
  {
    name: "tells how much of a prompt came from its cache",
    async run(subject, expect) {
      const request = chatRequest(subject, "Which of these is a fruit: hammer, apple, cloud? ".repeat(8), {
        maxTokens: 2,
      });
      await ask(subject.provider(), request);
      const { usage } = (await ask(subject.provider(), request)).finish ?? {};
      if (usage?.cachedInputTokens === undefined) return "not told";
      expect(usage.cachedInputTokens).toBeLessThanOrEqual(usage.inputTokens);
      return "told";
    },
  },
  {
    name: "continues what the assistant began, without repeating it",
    async run(subject, expect) {
      const messages = [
        { role: "user", content: "Complete: one, two, three" },
        { role: "assistant", content: "One, two," },
      ] as const;
      const reply = await ask(subject.provider(), chatRequest(subject, "", { maxTokens: 6 }, { messages }));
      expect(reply.text.startsWith("One, two,"), "it was repeated").toBe(false);
      return /^\s*three/i.test(reply.text) ? "continued" : "answered anew";
    },
  },
  {
    name: "gives the log probability of each token",
    about: "logprobs",
    run: (subject, expect) =>
      whereSupported(
        subject,
        "logprobs",
        expect,
        chatRequest(subject, "Say yes.", { maxTokens: 3 }, { logprobs: 2 }),
        (reply) => {
          const logprobs = reply.choices[0]?.logprobs ?? [];
          expect(logprobs.map(({ token }) => token).join("")).toBe(reply.text);
          expect(logprobs.every(({ logprob, top }) => logprob <= 0 && top.length <= 2)).toBe(true);
        },
      ),
  },
  {
    name: "obeys a grammar",
    about: "grammar",
    run: (subject, expect) =>
      whereSupported(
        subject,
        "grammar",
        expect,
        chatRequest(subject, "Is water wet?", { grammar: 'root ::= "yes" | "no"' }),
        (reply) => expect(reply.text).toMatch(/^(yes|no)$/),
      ),
  },
  {
    name: "refuses a prompt that is longer than the context, with the numbers if the server tells them",
    async run(subject, expect) {
      const provider = subject.provider();
      const error = await failureOf(ask(provider, chatRequest(subject, "hello ".repeat(6_000))), expect);
      expect(error.code).toBe("context-length");
      expect(error.retryable).toBe(false);
      const { promptTokens, contextLength } = error;
      if (promptTokens !== undefined) expect(promptTokens).toBeGreaterThan(contextLength ?? Number.POSITIVE_INFINITY);
      if (promptTokens !== undefined) return "both numbers";
      return contextLength === undefined ? "no numbers" : "the window's number";
    },
  },
  {
    name: "delivers what the server sent, if asked to",
    async run(subject, expect) {
      const provider = subject.provider();
      if (!provider.transport) return provider.close();
      const { raw } = await ask(provider, chatRequest(subject, "Say hello.", {}, { includeRaw: true }));
      expect(raw.length).toBeGreaterThan(1);
    },
  },
];

/** One `start` first, one `finish` last. */
function expectGrammar(events: readonly ModelEvent[], expect: Parameters<ContractCase["run"]>[1]): void {
  const types = events.map(({ type }) => type);
  expect(types[0]).toBe("start");
  expect(types.at(-1)).toBe("finish");
  expect(types.filter((type) => type === "start").length).toBe(1);
  expect(types.filter((type) => type === "finish").length).toBe(1);
}
