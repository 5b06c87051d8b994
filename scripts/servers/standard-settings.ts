import type { LaunchSettings } from "../../src/deploy/engine-server.ts";

/** Where all of these servers listen. */
export const standardSettings: LaunchSettings = {
  address: "127.0.0.1",
  port: 0,
  offline: false,
  temporaryFolder: "",
  modelStore: "",
};
