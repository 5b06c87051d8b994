import { spawn, type ChildProcess } from "node:child_process";

import { abortError, InhouseError } from "../core/error.ts";

/** One run of `ffmpeg` or `ffprobe`. */
export interface FfmpegRun {
  readonly program: "ffmpeg" | "ffprobe";
  /** What comes after the arguments that every run has: it asks nothing, and says errors alone. */
  readonly args: readonly string[];
  /** What it reads as `pipe:0`. */
  readonly stdin?: Uint8Array | undefined;
  /** Kills it; the run ends, with `abort`, once the process is gone. */
  readonly signal?: AbortSignal | undefined;
  /** How messages call the file. */
  readonly name: string;
  /** Its complaint that means "there is nothing", which is then no error. */
  readonly nothing?: RegExp;
  /** Called with a sentence where it gave something and complained of the rest. */
  readonly warn?: (sentence: string) => void;
}

/** Longest wait for the first or next byte of its output. */
export const longestSilenceMs = 120_000;
/** What is kept of its complaints, from the end. */
const keptCharacters = 4_096;

/**
 * Runs the program that is found on `PATH` and hands out what it writes, as slowly as it is read. Whoever stops reading ends the process.
 *
 * Throws `unsupported` where it is not installed, `invalid-request` where it gave nothing or was ended by the system (its last complaint is in
 * the message), `timeout` after two minutes without a byte, `abort`. What came before a complaint is given, and `warn` called.
 */
export async function* ffmpegStream(run: FfmpegRun): AsyncGenerator<Uint8Array, void> {
  const { program, args, stdin, signal, name } = run;
  throwIfAborted(signal);
  const common = program === "ffmpeg" ? ["-nostdin", "-hide_banner"] : ["-hide_banner"];
  const child = spawn(program, [...common, "-loglevel", "error", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const kill = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  const end = endOf(child);
  child.stdin.on("error", () => undefined).end(stdin); // it may have read enough and gone: its exit code says how it went
  let complaints = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (complaints = (complaints + text).slice(-keptCharacters)));

  let isSilent = false;
  let isGiven = false;
  try {
    const output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (;;) {
      const timer = setTimeout(() => ((isSilent = true), kill()), longestSilenceMs);
      const next = await output.next().finally(() => clearTimeout(timer));
      if (next.done === true) break;
      isGiven = true;
      yield next.value;
    }
    const { error, code } = await end;
    throwIfAborted(signal);
    if (error) throw missing(program, error);
    if (isSilent)
      throw new InhouseError("timeout", `${program} read ${name} and gave nothing for 120 s.`, { phase: "idle" });
    const complaint = lastOf(complaints, name);
    if (run.nothing?.test(complaints) === true) return;
    if (code === null || (code !== 0 && !isGiven)) throw failed(run, complaint, code);
    if (code !== 0 || complaint !== "") {
      run.warn?.(`${program} could not read all of ${name}: ${complaint || `it ended with ${code}`}.`);
    }
  } finally {
    signal?.removeEventListener("abort", kill);
    if (child.exitCode === null) kill();
    child.stdout.destroy();
    await end;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}

/** All that a run gives. Throws as `ffmpegStream` does, and `limit` after so many bytes. */
export async function ffmpegOutput(run: FfmpegRun, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of ffmpegStream(run)) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new InhouseError("limit", `What ${run.program} gives of ${run.name} is longer than ${maxBytes} bytes.`, {
        hint: "Ask for less of the file at a time.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

interface End {
  readonly error?: Error;
  readonly code: number | null;
}

/** Settles once the process is gone and its pipes are closed, or at once where it could not be started. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once("error", (error) => child.pid === undefined && resolve({ error, code: null }));
    child.once("close", (code) => resolve({ code }));
  });
}

function missing(program: string, cause: Error): InhouseError {
  const isAbsent = "code" in cause && cause.code === "ENOENT";
  return new InhouseError("unsupported", `${program} ${isAbsent ? "is not installed" : "cannot be started"}.`, {
    hint: "Install ffmpeg (apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg), so that ffmpeg and ffprobe are on PATH; a wav is read without them.",
    cause,
  });
}

function failed({ program, name }: FfmpegRun, complaint: string, code: number | null): InhouseError {
  const how = code === null ? "was ended by the system" : `could not read ${name}`;
  return new InhouseError("invalid-request", `${program} ${how}${complaint === "" ? "" : `: ${complaint}`}.`, {
    hint: code === null ? "It may need more memory." : "The file is cut off, damaged, or no recording.",
  });
}

/** The last two complaints, without the parts of the program that they come from, and without where the file lies. */
function lastOf(complaints: string, name: string): string {
  const lines = complaints
    .split("\n")
    .map((line) =>
      line
        .replace(/^\[[^\]]*\] */, "")
        .replace(/^(file:.*|pipe:0): /, "")
        .replaceAll(/file:\/\S*|pipe:0/g, name)
        .trim(),
    )
    .filter((line) => line !== "");
  if (lines.some((line) => line.includes("not on whitelist"))) return "its content is in no form that is opened";
  return [...new Set(lines)].slice(-2).join("; ").replace(/\.$/, "");
}
