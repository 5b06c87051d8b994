import type { Received } from "./answer.ts";
import type { Tick } from "./region.ts";
import type { Subject } from "./subject.ts";

/** Streams one answer to its end. */
export async function receive(subject: Subject, tick?: Tick): Promise<Received> {
  let text = "";
  let deltas = 0;
  await subject.stream((piece) => {
    text += piece;
    deltas += 1;
    tick?.();
  });
  return { text, deltas };
}
