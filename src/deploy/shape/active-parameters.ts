import type { ExpertShape } from "./model-shape.ts";
import { roleOf } from "./tensor-groups.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** The parameters that a token goes through: of the experts only those used, everything else whole. */
export function activeParameters(tensors: readonly TensorInfo[], experts: ExpertShape | undefined): number {
  const share = experts ? experts.used / experts.count : 1;
  return Math.round(
    tensors.reduce((sum, { name, parameters }) => sum + parameters * (roleOf(name) === "experts" ? share : 1), 0),
  );
}
