/** Whether only this machine reaches what listens at an address. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.|localhost$|\[?::1\]?$)/i.test(address);
}

/** Whether an address stands for all addresses of a machine. */
export function isEveryAddress(address: string): boolean {
  return address === "0.0.0.0" || /^\[?[0:]*:[0:]*\]?$/.test(address);
}

/** An address as it stands before a port: IPv6 in brackets. */
export function bracketed(address: string): string {
  const bare = address.replaceAll(/^\[|\]$/g, "");
  return bare.includes(":") ? `[${bare}]` : bare;
}

/** The origin at which this machine reaches what listens at an address; all addresses are reached by the loopback one. */
export function originOf(address: string, port: number): string {
  if (address === "" || address === "0.0.0.0") return `http://127.0.0.1:${port}`;
  return `http://${isEveryAddress(address) ? "[::1]" : bracketed(address)}:${port}`;
}
