import { InhouseError } from "../../../core/error.ts";

/** What Windows takes for a device, whatever follows the dot. */
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Characters that Windows gives another meaning, and those nobody can see. */
const forbidden = /[\\:*?"<>|\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
/** Names that are used here. */
const own = /^inhouse-model\.|\.(part|part\.json)$/i;

/** Why a name from a server may not become a path here; nothing where it may, on any system. */
function objection(name: string): string | undefined {
  if (name === "" || Buffer.byteLength(name) > 1_024) return "it is empty or too long";
  for (const part of name.split("/")) {
    if (part === "" || part === "." || part === "..") return "it leaves its folder";
    if (forbidden.test(part) || /[. ]$/.test(part) || device.test(part) || Buffer.byteLength(part) > 255) {
      return "it is no file name on every system";
    }
    if (own.test(part)) return "such names are used here for other things";
  }
  return undefined;
}

/**
 * Refuses names of files that would leave the folder, that Windows reads otherwise, or of which two are one file on a
 * disk that does not tell capitals. Throws `policy`.
 */
export function checkNames(names: readonly string[], source: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    const same = name.normalize("NFC").toLowerCase();
    const why = objection(name) ?? (seen.has(same) ? "another one is the same but for capitals" : undefined);
    seen.add(same);
    if (why === undefined) continue;
    throw new InhouseError("policy", `${source} names a file ${JSON.stringify(name.slice(0, 100))}: ${why}.`, {
      hint: "Nothing was written. Do not trust this source, or name the files that you want.",
    });
  }
}

/** Whether a file can run code when it is loaded: what Python pickles. */
export const isPickle = (name: string): boolean =>
  /\.(bin|pt|pth|ckpt|pkl|pickle|joblib|npy|npz|h5|keras)$/i.test(name) && !/(^|\/)(ggml|sha256)-/i.test(name);
