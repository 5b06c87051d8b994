import fc from "fast-check";

/** A run repeats the last one; `FAST_CHECK_SEED` looks at other cases. */
fc.configureGlobal({ seed: Number(process.env["FAST_CHECK_SEED"] ?? 20_261_125) });
