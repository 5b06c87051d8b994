import { access } from "node:fs/promises";

import { InhouseError } from "../core/error.ts";
import type { EngineServer } from "./engine-server.ts";
import type { Engine } from "./engine.ts";
import type { Plan } from "./plan-value.ts";

/** How the server of a plan is run. Throws `unsupported` where it cannot be run here, `invalid-request` for what is no plan. */
export function engineOf(plan: Plan, engines: readonly Engine[]): EngineServer {
  if (!Array.isArray(plan?.command) || typeof plan.engine !== "string") {
    throw new InhouseError("invalid-request", "launch: expected a plan, as plan() makes it.");
  }
  const engine = engines.find(({ name }) => name === plan.engine);
  if (!engine) {
    throw new InhouseError("unsupported", `launch: there is no engine ${plan.engine}.`, {
      hint: `Known engines: ${engines.map(({ name }) => name).join(", ")}. An own one goes into launch(plan, { engines }).`,
    });
  }
  if (!engine.server) {
    throw new InhouseError("unsupported", `launch: ${plan.engine} is planned for only, and not started.`, {
      hint: "Start it by the plan's command.",
    });
  }
  if (plan.layout.machines > 1) {
    throw new InhouseError(
      "unsupported",
      `launch: the plan is for ${plan.layout.machines} machines, and this is one.`,
      {
        hint: linesOf("Start it by hand on each of them:", plan.prepare),
      },
    );
  }
  if (process.platform === "win32") {
    throw new InhouseError("unsupported", "launch: servers are not started on Windows.", {
      hint: "Run this program in the Windows Subsystem for Linux.",
    });
  }
  return engine.server;
}

/** Rejects with `not-found` where something that a server has to load is not there, and with what brings it there. */
export async function checkNeeds(plan: Plan, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    throw new InhouseError("not-found", `launch: ${path} is not there, which the plan is to serve.`, {
      model: plan.model.name,
      hint:
        plan.prepare.length > 0
          ? linesOf("Run first, as launch prepares nothing:", plan.prepare)
          : "Correct the path, or make the plan anew where the file is.",
    });
  }
}

const linesOf = (words: string, lines: readonly string[]): string => [words, ...lines].join("\n  ");
