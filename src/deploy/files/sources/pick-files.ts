import { InhouseError } from "../../../core/error.ts";
import { isPickle } from "./safe-names.ts";

/** Which files of a source are wanted. */
export interface FileWish {
  readonly files?: readonly string[];
  readonly quantization?: string;
  /** Everything that is there was put there for this model. Default false. */
  readonly everything?: boolean;
}

/** What goes with safetensors: configuration, tokenizer, templates, and the licence. Nothing that is code. */
const companion =
  /^([^/]+\.(json|jinja|jinja2|model|tiktoken|txt)|licen[cs]e[^/]*|notice[^/]*|[^/]+\/(config|modules|sentence_bert_config)[^/]*\.json)$/i;
const weights = /^(?:[^/]+\/)?[^/]+\.safetensors$/i;

/**
 * The names that are wanted: those of `files`, else the GGUF file of a quantization, else safetensors with what goes with
 * them, else the one GGUF file. Never a pickle. Throws `not-found`, `invalid-request` where there is a choice to make,
 * `policy` for a pickle that was asked for by name, `unsupported` where there is nothing else.
 */
export function pickFiles(names: readonly string[], wish: FileWish, source: string): readonly string[] {
  const { files, quantization, everything = false } = wish;
  const safe = names.filter((name) => !isPickle(name));
  const ggufs = safe.filter((name) => /\.gguf$/i.test(name) && !/(^|\/)mmproj/i.test(name));
  if (files) return files.flatMap((pattern) => matching(names, pattern, source)).filter(isFirst);
  if (quantization !== undefined) return ofQuantization(ggufs, quantization, source);
  if (everything && safe.length > 0) return safe;
  const tensors = safe.filter((name) => weights.test(name));
  // Mistral stores the same weights twice: once for itself, once as everybody does.
  const isTwice = tensors.some((name) => /^model[^/]*$/i.test(name));
  const kept = isTwice ? tensors.filter((name) => !/^consolidated/i.test(name)) : tensors;
  if (kept.length > 0) return [...kept, ...safe.filter((name) => companion.test(name))].filter(isFirst);
  const wholes = groups(ggufs);
  const [only] = wholes;
  if (wholes.length === 1 && only) return only;
  if (wholes.length > 1) {
    throw new InhouseError("invalid-request", `${source} has ${wholes.length} GGUF files: which one?`, {
      hint: `Name one in quantization or files: ${listed(wholes.map(([name = ""]) => name))}.`,
    });
  }
  const what = safe.length < names.length ? "only pickles, which run code when they are loaded" : "no weights";
  throw new InhouseError("unsupported", `${source} has ${what}.`, {
    hint: "Take a repository with safetensors or GGUF files.",
  });
}

function matching(names: readonly string[], pattern: string, source: string): readonly string[] {
  if (isPickle(pattern) && !pattern.includes("*")) {
    throw new InhouseError("policy", `${pattern} may be a pickle, which runs code when it is loaded.`, {
      hint: "Take safetensors or GGUF files in its place.",
    });
  }
  const expression = new RegExp(
    `^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\*+/g, ".*")}$`,
  );
  const found = names.filter((name) => expression.test(name) && !isPickle(name));
  if (found.length > 0) return found;
  throw new InhouseError("not-found", `${source} has no file ${pattern}.`, { hint: `It has ${listed(names)}.` });
}

function ofQuantization(ggufs: readonly string[], quantization: string, source: string): readonly string[] {
  const wanted = quantization.toLowerCase();
  const found = groups(ggufs).filter(([name = ""]) => quantizationsOf(name).includes(wanted));
  const [only] = found;
  if (found.length === 1 && only) return only;
  const has = listed(groups(ggufs).map(([name = ""]) => name));
  throw found.length === 0
    ? new InhouseError("not-found", `${source} has no GGUF file of ${quantization}.`, { hint: `It has ${has}.` })
    : new InhouseError("invalid-request", `${source} has ${found.length} GGUF files of ${quantization}: which one?`, {
        hint: `Name it in files: ${listed(found.map(([name = ""]) => name))}.`,
      });
}

/** The parts of a name and of its folder that may be a quantization: `UD-Q4_K_XL` is found by that and by `Q4_K_XL`. */
function quantizationsOf(name: string): readonly string[] {
  const plain = name.replace(/(-\d{5}-of-\d{5})?\.gguf$/i, "").toLowerCase();
  const parts = plain.split(/[/.-]/);
  return [...parts, ...parts.map((part, index) => `${parts[index - 1] ?? ""}-${part}`), ...plain.split("/")];
}

/** Files of which several parts are one model. */
function groups(ggufs: readonly string[]): readonly (readonly string[])[] {
  const found = new Map<string, string[]>();
  for (const name of ggufs) {
    const key = name.replace(/-\d{5}-of-(\d{5})\.gguf$/i, "-$1");
    const parts = found.get(key);
    if (parts) parts.push(name);
    else found.set(key, [name]);
  }
  return [...found.values()].map((parts) => parts.toSorted());
}

const isFirst = (name: string, index: number, all: readonly string[]): boolean => all.indexOf(name) === index;

const listed = (names: readonly string[]): string =>
  names.length === 0
    ? "none"
    : `${names.slice(0, 12).join(", ")}${names.length > 12 ? ` and ${names.length - 12} more` : ""}`;

/** What is served of some files: the first GGUF file, or the folder. */
export function servedPath(names: readonly string[]): string {
  const tensors = names.some((name) => weights.test(name));
  const [gguf] = names.filter((name) => /\.gguf$/i.test(name) && !/(^|\/)mmproj/i.test(name)).toSorted();
  return tensors || gguf === undefined ? "." : gguf;
}
