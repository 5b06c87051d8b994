import { access } from "node:fs/promises";

import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { EngineServer } from "../engine-server.ts";
import type { Engine } from "../engine.ts";
import { engineOf } from "../known-engine.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import type { LaunchOptions } from "./launch-options.ts";

/** How the server of a plan is run, and what the plan says of it. Throws `unsupported` where it cannot be run here, `invalid-request` for what is no plan. */
export function launchable(
  plan: Plan,
  engines: readonly Engine[],
): { readonly server: EngineServer; readonly planned: PlannedServer } {
  if (!Array.isArray(plan?.command) || typeof plan.engine !== "string") {
    throw new InhouseError("invalid-request", "launch: expected a plan, as plan() makes it.");
  }
  const engine = engineOf(plan, engines, "launch");
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
  return { server: engine.server, planned: engine.planned(plan) };
}

/** Throws `invalid-request` for a number of the options that is none of its kind. */
export function checkNumbers({ port, readyMs, restarts }: Pick<LaunchOptions, "port" | "readyMs" | "restarts">): void {
  if (restarts !== undefined) checkOptions("launch: restarts", restarts, { most: 1, withinMs: 1 });
  const numbers = { port, readyMs, "restarts.most": restarts?.most, "restarts.withinMs": restarts?.withinMs };
  for (const [name, value] of Object.entries(numbers)) {
    const most = name === "port" ? 65_535 : Number.MAX_SAFE_INTEGER;
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0 && value <= most)) continue;
    throw new InhouseError("invalid-request", `launch: ${name} is not a whole number from 0 to ${most}.`);
  }
  if (restarts && (restarts.most === undefined || restarts.withinMs === undefined)) {
    throw new InhouseError("invalid-request", "launch: restarts takes both most and withinMs.");
  }
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
