import { createHash } from "node:crypto";

/** Umlauts, ideograms, emoji and JSON escapes are among them, as they are in real answers. */
const words = [
  ..." the| of| and| a| model| answers| to| is| in| that| server| which| with| house| token| for| runs| it".split("|"),
  ...' größer| 東京| 🙂| "so"| C:\\|\n|,|.| streaming| inference'.split("|"),
];

/** The tokens of an answer, the same in every process. */
export function tokensOf(count: number): readonly string[] {
  let state = 12_345;
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return "Once";
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return words[(state >>> 8) % words.length] ?? "";
  });
}

/** An answer as a client received it. */
export interface Received {
  readonly text: string;
  readonly deltas: number;
}

/** Throws unless all of the answer arrived, one delta a token. */
export function verifyAnswer({ text, deltas }: Received, tokens: number): void {
  const expected = expectedAnswer(tokens);
  if (text.length !== expected.length || digestOf(text) !== expected.digest) {
    throw new Error(`The answer is not the one that was sent: ${text.length} of ${expected.length} characters.`);
  }
  if (deltas !== tokens) throw new Error(`${deltas} deltas for ${tokens} tokens.`);
}

const known = new Map<number, { readonly length: number; readonly digest: string }>();

function expectedAnswer(tokens: number) {
  const text = tokensOf(tokens).join("");
  const answer = known.get(tokens) ?? { length: text.length, digest: digestOf(text) };
  known.set(tokens, answer);
  return answer;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
