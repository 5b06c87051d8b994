/** What a command ends with: `failed` where the answer is no, `usage` where the question is not understood. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
