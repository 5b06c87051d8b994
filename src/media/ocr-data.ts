import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { InhouseError } from "../core/error.ts";
import { isMissing, missingPeer } from "./optional-peer.ts";

/** What tesseract.js knows of a language. */
export interface LanguageData {
  readonly code: string;
  readonly data: Uint8Array;
}

/** Most bytes of a language's data when it is unpacked; the largest of tessdata_best, Chinese, has 13 million, of tessdata 45. */
const maxDataBytes = 200_000_000;

/** Where tesseract.js has the script of its thread. `unsupported` where it is not installed. */
export function threadScript(languages: readonly string[]): string {
  return located("tesseract.js/src/worker-script/node/index.js", languages);
}

/** Reads a language's data from a folder, packed or not, or from the package that npm has for it; never from the network. */
export async function languageData(code: string, languages: readonly string[], folder?: string): Promise<LanguageData> {
  const name = `${code}.traineddata`;
  const from = folder ?? join(dirname(located(`@tesseract.js-data/${code}/package.json`, languages)), "4.0.0_best_int");
  const bytes = (await readIfThere(join(from, name))) ?? (await readIfThere(join(from, `${name}.gz`)));
  if (!bytes) {
    throw new InhouseError("unsupported", `The folder of the language data has no ${name} and no ${name}.gz.`, {
      hint: `Put it there, or leave dataFolder out and npm install @tesseract.js-data/${code}`,
    });
  }
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return { code, data: isPacked ? await promisify(gunzip)(bytes, { maxOutputLength: maxDataBytes }) : bytes };
  } catch (cause) {
    throw damaged([code], cause);
  }
}

/** The error of language data that is not what it should be. */
export function damaged(codes: readonly string[], cause: unknown): InhouseError {
  const message = `The data of the language ${codes.join(" or ")} is damaged, or of another version of Tesseract than 4 or 5.`;
  return new InhouseError("invalid-request", message, { hint: "Get it anew.", cause });
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new InhouseError("invalid-request", "The language data could not be read.", { cause });
  }
}

/** The path of a file of a package. */
function located(specifier: string, languages: readonly string[]): string {
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const data = languages.map((code) => `@tesseract.js-data/${code}`);
    const missing = specifier.startsWith("@") ? specifier.replace("/package.json", "") : "tesseract.js";
    const message = `Reading text in pictures needs tesseract.js and ${data.join(", ")}; ${missing} is not installed.`;
    throw missingPeer(message, ["tesseract.js@7", ...data].join(" "), cause);
  }
}
