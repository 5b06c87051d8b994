import { imageFacts } from "../../media/image-facts.ts";
import type { Material, MaterialReading } from "./material.ts";
import { lackOf, pictureTokens, senseless } from "./model-senses.ts";
import type { OpenedMaterial } from "./open-material.ts";
import { scanReader } from "./scan-reader.ts";

/** A picture: one piece, which the model must be able to see, unless OCR is to read its text. */
export async function picturePieces({ part, file }: OpenedMaterial, reading: MaterialReading): Promise<Material> {
  const lack = lackOf(reading, "image");
  const bytes = await file?.bytes();
  const sources = [{ part: reading.part.part ?? 1 }];
  if (lack) {
    const text = bytes && (await scanReader(reading)?.(bytes));
    if (text) return { pieces: [{ sources, text }], total: 1 };
    throw senseless(reading, "the picture cannot be looked at", [lack], "Use a model that sees pictures.");
  }
  const size = bytes && imageFacts(bytes);
  const piece = {
    sources,
    identity: reading.name,
    mediaTokens: pictureTokens(reading, size),
    load: () => Promise.resolve([part]),
  };
  return { pieces: [piece], total: 1 };
}
