import { parseArgs } from "node:util";

import { drives } from "./drive.ts";
import { openSubject } from "./open-subject.ts";
import { protocolOf } from "./peers.ts";
import { warmUpProbe } from "./probe.ts";
import { profileTo } from "./region.ts";
import { isServed, sizeOf, workloads } from "./workloads.ts";

/** One subject and one workload in a process of its own; prints the outcome as JSON, or fails where an answer was not whole. */
const { values } = parseArgs({
  options: {
    subject: { type: "string", default: "inhouse" },
    workload: { type: "string", default: "flood" },
    port: { type: "string", default: "" },
    share: { type: "string", default: "1" },
    "most-pieces": { type: "string", default: "Infinity" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const { profile } = values;
const workload = workloads.find((name) => name === values.workload);
if (!workload || !isServed(workload)) throw new Error(`No workload "${values.workload}".`);

await import("undici"); // inhouse loads it at the first call, the floor before: only `import` is about what that costs
const open = await openSubject(values.subject, protocolOf(workload));
warmUpProbe();
const outcome = await drives[workload](
  open,
  `http://127.0.0.1:${values.port}/${workload}`,
  {
    ...sizeOf(workload, values.quick),
    share: Number(values.share),
    mostPieces: Number(values["most-pieces"]),
  },
  profile === undefined ? (body) => body() : (body) => profileTo(profile, body),
);
// Whoever keeps connections or timers would keep the process.
process.stdout.write(JSON.stringify(outcome), () => process.exit());
