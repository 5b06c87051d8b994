/**
 * Records test/fixtures from real servers: runs the provider contract against each, keeps what goes over the wire, and
 * notes what it saw in observed.json, of which `npm run docs` makes a table.
 *
 *     npm run record                    all servers
 *     npm run record -- ollama          one of them
 */
import { llamacppPlans } from "./recording/llamacpp-plans.ts";
import type { Outcomes } from "./recording/observe.ts";
import { writeObserved } from "./recording/observed.ts";
import { ollamaPlans } from "./recording/ollama-plans.ts";
import type { Plan, Plans } from "./recording/plan.ts";
import { recordPlan } from "./recording/record-plan.ts";
import { vllmPlans } from "./recording/vllm-plans.ts";
import { type RunningServer, Unavailable } from "./servers/index.ts";

const wanted = process.argv.slice(2);

for (const plans of [llamacppPlans, ollamaPlans, vllmPlans]) {
  if (wanted.length === 0 || wanted.includes(plans.folder)) await record(plans);
}

/** Plays through a server's plans; each version of it that they start has its observations. */
async function record(plans: Plans): Promise<void> {
  const versions = new Map<string, Record<string, Outcomes>>();
  for (const plan of plans.plans) {
    const server = await started(plans, plan);
    if (!server) continue;
    const through = versions.get(server.version) ?? {};
    versions.set(server.version, through);
    try {
      for (const [provider, outcomes] of Object.entries(await recordPlan(plans, plan, server))) {
        through[provider] = { ...through[provider], ...outcomes };
      }
    } finally {
      await server.stop();
    }
  }
  for (const [version, through] of versions) {
    writeObserved(`${plans.folder}-${version}`, { server: plans.title, version, through });
  }
}

async function started({ folder }: Plans, { name, start }: Plan): Promise<RunningServer | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`${folder}, ${name}: not recorded: ${error.message}`);
    return undefined;
  }
}
