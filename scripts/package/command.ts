import { spawn } from "node:child_process";

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; rejects with what it wrote where it fails. */
export function command(program: string, args: readonly string[], cwd: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve({ stdout, stderr });
      const words = `${program} ${args.join(" ")}: ${signal ?? `exit code ${code}`}`;
      reject(new Error([words, stdout.trim(), stderr.trim()].filter(Boolean).join("\n")));
    });
  });
}
