import * as ai7 from "ai";
import * as ai6 from "ai-sdk-6";

import { createInhouse, type InhouseProvider, type InhouseSettings } from "../../src/integrations/ai-sdk/index.ts";

/** A major version of the AI SDK, and the provider that speaks its specification. */
export interface AiSdk {
  /** Its functions; only what both majors have may be called, and the types are those of 7. */
  readonly ai: typeof ai7;
  readonly createInhouse: (settings: InhouseSettings) => InhouseProvider;
}

const six: AiSdk = {
  ai: ai6 as unknown as typeof ai7,
  createInhouse: (settings) => createInhouse({ ...settings, specificationVersion: "v3" }) as unknown as InhouseProvider,
};

/** Both majors by name. 7 asks for Node 22, and does not need it for what is tested here. */
export const aiSdks: readonly (readonly [name: string, sdk: AiSdk])[] = [
  ["AI SDK 7", { ai: ai7, createInhouse }],
  ["AI SDK 6", six],
];

// Warnings are part of the results that are looked at, and no news on the console.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
