/** How the caller's variables become the server's. */
export interface EnvironmentChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Those that the server would take for options of its own. */
  readonly ownVariables: RegExp;
  /** Without ways out. */
  readonly offline: boolean;
  readonly added: Readonly<Record<string, string>>;
}

const proxies = /^(?:https?|all|no|ftp)_proxy$/i;

/** The caller's variables but for those that would change what was planned, with what was planned. */
export function serverEnvironment({ env, ownVariables, offline, added }: EnvironmentChoice): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !ownVariables.test(name) && !(offline && proxies.test(name))) kept[name] = value;
  }
  return { ...kept, ...added };
}
