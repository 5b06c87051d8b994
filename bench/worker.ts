import { parseArgs } from "node:util";

import { drives } from "./drive.ts";
import { openFloor } from "./floor.ts";
import { openInhouse } from "./inhouse.ts";
import { openNdjsonFloor } from "./ndjson-floor.ts";
import { openNdjsonInhouse } from "./ndjson-inhouse.ts";
import { warmUpProbe } from "./probe.ts";
import { profileTo } from "./region.ts";
import { sizeOf, workloads } from "./workloads.ts";

/** One subject and one workload in a process of its own; prints the outcome as JSON, or fails where an answer was not whole. */
const { values } = parseArgs({
  options: {
    subject: { type: "string", default: "inhouse" },
    workload: { type: "string", default: "flood" },
    port: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const { profile } = values;
const workload = workloads.find((name) => name === values.workload);
if (!workload) throw new Error(`No workload "${values.workload}".`);

const subjects = {
  sse: { floor: openFloor, inhouse: openInhouse },
  ndjson: { floor: openNdjsonFloor, inhouse: openNdjsonInhouse },
};

warmUpProbe();
const outcome = await drives[workload](
  subjects[workload.startsWith("nd") ? "ndjson" : "sse"][values.subject === "floor" ? "floor" : "inhouse"],
  `http://127.0.0.1:${values.port}`,
  sizeOf(workload, values.quick),
  profile === undefined ? (body) => body() : (body) => profileTo(profile, body),
);
console.log(JSON.stringify(outcome));
