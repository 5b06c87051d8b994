import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a TypeScript file as a process of its own and parses what it prints; rejects with what it wrote where it failed. */
export function runChild<Printed>(
  file: string,
  args: readonly string[],
  {
    flags = [],
    env = {},
  }: { readonly flags?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, "--import", "tsx", file, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => {
      if (stdout !== "") resolve(JSON.parse(stdout) as Printed); // what it found may make it fail
      else reject(new Error(`${file} ended with ${code}: ${stderr}`));
    });
  });
}
