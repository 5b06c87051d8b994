/** Whether only this machine reaches what listens at an address. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.|localhost$|\[?::1\]?$)/i.test(address);
}

/** The origin at which this machine reaches what listens at an address; all addresses are reached by the loopback one. */
export function originOf(address: string, port: number): string {
  const bare = address.replaceAll(/^\[|\]$/g, "");
  if (bare === "" || bare === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (/^[0:]+$/.test(bare)) return `http://[::1]:${port}`;
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}
