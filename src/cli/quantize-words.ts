import type { ImportedModel, MadeImatrix, ModelComparison, QuantizedModel } from "../deploy.ts";
import { bytesText } from "../deploy/plan/plan-words.ts";

/** What was made, as it is told on a terminal. */
export function quantizedText(made: QuantizedModel, imported: ImportedModel | undefined): string {
  const { type, files, sourceBytes, fileBytes, bitsPerWeight, tensors, imatrix, warnings } = made;
  const share = Math.round((fileBytes / sourceBytes) * 100);
  return lines([
    ...files.map(({ path, sha256 }) => `${path}\nsha256  ${sha256}`),
    `${type}, ${bytesText(fileBytes)} of ${bytesText(sourceBytes)} (${share} %), ${bitsPerWeight.toFixed(2)} bits a weight`,
    `tensors  ${Object.entries(tensors)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ")}`,
    ...(imatrix ? [`imatrix  ${imatrix.path}, data of ${imatrix.tensors} tensors${ofChunks(imatrix.chunks)}`] : []),
    ...(imported ? [`In Ollama as ${imported.name}, ${imported.quantization}.`] : []),
    ...warnings.map((warning) => `! ${warning}`),
  ]);
}

/** An importance matrix that was made. */
export function imatrixText({ path, sha256, chunks, chunkTokens, tensors, warnings }: MadeImatrix): string {
  return lines([
    `${path}\nsha256  ${sha256}`,
    `data of ${tensors} tensors, from ${chunks} chunks of ${chunkTokens} tokens`,
    ...warnings.map((warning) => `! ${warning}`),
  ]);
}

/** How far one model has moved from the other. */
export function comparisonText(comparison: ModelComparison): string {
  const { tokens, agreement, agreementError, source, result, perplexityRatio } = comparison;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return lines([
    `Both hold the same token to be the likeliest at ${percent(agreement)} of ${tokens} places (± ${percent(agreementError)}).`,
    `Perplexity ${source.perplexity.toFixed(2)} and ${result.perplexity.toFixed(2)}: ${perplexityRatio.toFixed(3)} times.`,
  ]);
}

const ofChunks = (chunks: number | undefined): string =>
  chunks === undefined ? "" : `, from ${chunks} chunks of text`;

const lines = (all: readonly string[]): string => `${all.join("\n")}\n`;
