import type { Ocr } from "../../media/ocr.ts";
import type { MaterialReading } from "./material.ts";
import { mayUse } from "./model-senses.ts";

/** Reads the text in pictures by OCR, for a model that does not see; undefined where the caller does not ask for that. */
export function scanReader(reading: MaterialReading): ((picture: Uint8Array) => Promise<string>) | undefined {
  const { run } = reading;
  const { ocr = false } = run.input;
  if (ocr === false || !mayUse(reading, "text")) return undefined;
  let opening: Promise<Ocr> | undefined;
  return async (picture) => {
    opening ??= open(ocr === true ? {} : ocr);
    return (await (await opening).read(picture, run.signal)).trim();
  };

  async function open(options: Exclude<typeof ocr, boolean>): Promise<Ocr> {
    const { openOcr } = await import("../../media/ocr.ts");
    const reader = await openOcr(options, run.signal);
    run.atEnd(() => reader.close());
    return reader;
  }
}
