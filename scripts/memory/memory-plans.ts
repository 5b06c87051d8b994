import type { MemoryPlan } from "../../src/deploy.ts";

/** What is measured: a plan, and the arguments of llama-server that mean the same. */
export interface MeasuredPlan {
  readonly title: string;
  readonly plan: MemoryPlan;
  readonly args: readonly string[];
}

interface Row {
  readonly context: number;
  readonly sequences?: number;
  readonly unified?: boolean;
  readonly cache?: string;
  readonly batch?: number;
  readonly flash?: false;
}

const rows: readonly Row[] = [
  { context: 512 },
  { context: 4_096 },
  { context: 8_192 },
  { context: 32_768 },
  { context: 2_048, sequences: 4 },
  { context: 2_048, sequences: 4, unified: true },
  { context: 8_192, cache: "q8_0" },
  { context: 8_192, cache: "q4_0" },
  { context: 8_192, batch: 128 },
  { context: 8_192, flash: false },
];

export const measuredPlans: readonly MeasuredPlan[] = rows.map((row) => {
  const { context, sequences = 1, unified = false, cache = "f16", batch = 512, flash = true } = row;
  return {
    title: [
      `${sequences > 1 ? `${sequences} × ` : ""}${context}`,
      ...(unified ? ["one pool"] : []),
      ...(cache === "f16" ? [] : [cache]),
      ...(batch === 512 ? [] : [`batch ${batch}`]),
      ...(flash ? [] : ["no flash attention"]),
    ].join(", "),
    plan: {
      contextLength: context,
      sequences,
      unifiedCache: unified,
      keyType: cache,
      valueType: cache,
      batchTokens: batch,
      flashAttention: flash,
    },
    args: [
      ["-c", String(context * sequences)],
      ["-np", String(sequences)],
      ["-ctk", cache],
      ["-ctv", cache],
      ["-ub", String(batch)],
      ["-fa", flash ? "on" : "off"],
      unified ? ["-kvu"] : [],
    ].flat(),
  };
});
