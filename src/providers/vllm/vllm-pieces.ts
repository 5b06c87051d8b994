/**
 * The text of each token, from its spelling in the model's vocabulary, which is all that vLLM (0.32.0) gives: `Ġworld`
 * in byte-level vocabularies (GPT-2, Llama 3, Qwen, newer Mistral), `▁world` and `<0x0A>` in those of SentencePiece. A
 * token that is no whole character is `\uFFFD`; spellings of another kind stay as they are.
 */
export function piecesOf(spellings: readonly string[], text?: string): readonly string[] {
  const reading = isByteLevel(spellings, text) ? byteLevel : sentencePiece;
  return spellings.map((spelling) => decoder.decode(reading(spelling)));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether bytes give the text; where that is not known, words. Special tokens are spelt in letters of any kind. */
function isByteLevel(spellings: readonly string[], text: string | undefined): boolean {
  if (spellings.some((spelling) => spelling.startsWith("▁"))) return false;
  const joined = decoder.decode(Buffer.concat(spellings.map(byteLevel)));
  return text === undefined ? joined.includes(" ") && !joined.includes("\uFFFD") : joined.includes(text);
}

/** Spellings of WordPiece and others come out as they are. */
function sentencePiece(spelling: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(spelling)?.[1];
  return byte === undefined ? encoder.encode(spelling.replaceAll("▁", " ")) : Uint8Array.of(Number.parseInt(byte, 16));
}

function byteLevel(spelling: string): Uint8Array {
  const bytes = Array.from(spelling, (letter) => byteOfLetter.get(letter) ?? Number.NaN);
  return bytes.some(Number.isNaN) ? encoder.encode(spelling) : Uint8Array.from(bytes);
}

/** GPT-2's alphabet: a printable byte is its own letter, the others are the letters from U+0100 on, in their order. */
const byteOfLetter = letters();

function letters(): ReadonlyMap<string, number> {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let others = 0;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => {
      const letter = isPrintable(byte) ? byte : 0x100 + others;
      if (!isPrintable(byte)) others += 1;
      return [String.fromCharCode(letter), byte];
    }),
  );
}
