import type { Batch } from "../core/event.ts";
import type { Provider } from "../core/provider.ts";
import type { ChatRequest } from "../core/request.ts";
import { ask, callContext, chatRequest, codeOf, failureOf } from "./contract-ask.ts";
import type { ContractCase, ContractSubject } from "./contract-case.ts";

/** How a call ends before its end, and what the server sees of it. */
export const endingCases: readonly ContractCase[] = [
  {
    name: "is aborted before it begins",
    async run(subject, expect) {
      const signal = AbortSignal.abort(new Error("no need"));
      const error = await failureOf(ask(subject.provider(), chatRequest(subject, "Say hello."), signal), expect);
      expect(error.code).toBe("abort");
      expect(error.name).toBe("AbortError");
      expect(error.cause).toBe(signal.reason);
    },
  },
  {
    name: "is aborted in mid-answer: the call throws abort and the server stops",
    needs: "idle",
    async run(subject, expect) {
      const controller = new AbortController();
      const provider = subject.provider();
      const error = await failureOf(
        readUntil(provider, longAnswer(subject), controller.signal, () => controller.abort()),
        expect,
      );
      expect(error.code).toBe("abort");
      const idle = await untilIdle(subject);
      await provider.close();
      return idle;
    },
  },
  {
    name: "is aborted in mid-answer when no stream was asked for, and the server stops as well",
    needs: "idle",
    async run(subject, expect) {
      const controller = new AbortController();
      const provider = subject.provider();
      const request: ChatRequest = { ...longAnswer(subject), stream: false };
      const error = await failureOf(
        readUntil(provider, request, controller.signal, () => controller.abort()),
        expect,
      );
      expect(error.code).toBe("abort");
      const idle = await untilIdle(subject);
      await provider.close();
      return idle;
    },
  },
  {
    name: "is left by break, and the server stops",
    needs: "idle",
    async run(subject, expect) {
      const provider = subject.provider();
      let text = "";
      for await (const batch of provider.send(longAnswer(subject), callContext())) {
        text += textOf(batch);
        if (text !== "") break;
      }
      expect(text.length).toBeGreaterThan(0);
      const idle = await untilIdle(subject);
      await provider.close();
      return idle;
    },
  },
  {
    name: "loses its server in mid-answer: a typed error after the text so far",
    needs: "crashing",
    async run(subject, expect) {
      if (!subject.crashing) return;
      const { provider, crash } = await subject.crashing();
      let text = "";
      const error = await failureOf(
        readUntil(provider, longAnswer(subject), undefined, async (batch) => {
          text += textOf(batch);
          await crash();
        }),
        expect,
      );
      expect(["reset", "truncated"]).toContain(error.code);
      expect(text.length).toBeGreaterThan(0);
      await provider.close();
      return codeOf(error);
    },
  },
];

/** Waits for the server to stop; resolves with how long that took, in words that do not change from run to run. */
async function untilIdle({ idle }: ContractSubject): Promise<string> {
  const since = performance.now();
  await idle?.();
  return `idle within ${Math.ceil((performance.now() - since) / 1_000)} s`;
}

/** A request whose answer takes long enough to be interrupted: where the server can, the model is kept from ending it. */
const longAnswer = (subject: ContractSubject): ChatRequest =>
  chatRequest(subject, "Tell me a very long story. ".repeat(20), {
    maxTokens: 400,
    ignoreEos: true,
    ...subject.longAnswers,
  });

/** Reads a reply, calling `onText` at the first batch with text, and goes on reading. */
async function readUntil(
  provider: Provider,
  request: ChatRequest,
  signal: AbortSignal | undefined,
  onText: (batch: Batch) => void | Promise<void>,
): Promise<void> {
  let told = false;
  for await (const batch of provider.send(request, callContext(signal))) {
    if (told || textOf(batch) === "") continue;
    told = true;
    await onText(batch);
  }
}

function textOf(batch: Batch): string {
  return batch.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
}
