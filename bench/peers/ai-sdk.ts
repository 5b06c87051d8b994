import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

import { model, type OpenSubject } from "../subject.ts";
import { aiSubject } from "./ai-subject.ts";

/** ai with @ai-sdk/openai-compatible. */
export const open: OpenSubject = (root) =>
  aiSubject(createOpenAICompatible({ name: "bench", baseURL: `${root}/v1`, includeUsage: true })(model));
