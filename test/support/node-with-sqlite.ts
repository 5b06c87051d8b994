import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

const cache =
  process.env["INHOUSE_CI_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inhouse/ci");

/** A Node that has `node:sqlite` without a flag: this one, or what `.ci/fetch-node 24` got; else why there is none. */
export function nodeWithSqlite(): { readonly program: string } | { readonly unavailable: string } {
  const has = 'process.exit(process.getBuiltinModule("node:sqlite") ? 0 : 1)';
  const program = [process.execPath, join(cache, "node24/node_modules/node/bin/node")].find(
    (candidate) => spawnSync(candidate, ["--no-warnings", "--eval", has]).status === 0,
  );
  return program === undefined
    ? { unavailable: `Node ${process.version} has no node:sqlite, and there is no other: .ci/fetch-node 24` }
    : { program };
}
