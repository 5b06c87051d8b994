import { checkObject, checkString, wrong } from "../../client/check.ts";
import { checkOptions } from "../../core/check-options.ts";
import { refusal } from "./gateway-error.ts";
import type { Caller, GatewayKeys } from "./gateway-options.ts";

/** Finds out who sends a request; throws 401. Undefined where everybody may call. */
export type FindCaller = (authorization: string | undefined) => Promise<Caller | undefined>;

interface KnownKey {
  readonly digest: Promise<Uint8Array>;
  readonly caller: Caller;
}

/** A look-up of callers by their keys; throws `invalid-request` for keys that are none. */
export function findCaller(keys: GatewayKeys): FindCaller {
  if (keys === false) return () => Promise.resolve(undefined);
  if (typeof keys === "function") {
    return async (authorization) => {
      const found = await keys(keyIn(authorization));
      if (found === undefined) throw unknownKey();
      return typeof found === "string" ? { name: found } : found;
    };
  }
  const known = Object.entries(checkObject("keys", keys)).map(([name, value]) => knownKey(name, value));
  if (known.length === 0)
    throw wrong("keys", "there is none, so that nobody could call", "keys: false lets everybody.");
  return async (authorization) => {
    const digest = await digestOf(keyIn(authorization));
    let found: Caller | undefined;
    for (const entry of known) if (areAlike(await entry.digest, digest)) found ??= entry.caller; // all are compared
    if (!found) throw unknownKey();
    return found;
  };
}

function knownKey(name: string, value: unknown): KnownKey {
  const entry = typeof value === "string" ? { key: value } : checkObject(`keys.${name}`, value);
  checkOptions(`keys.${name}`, entry, { key: 1, models: 1, limits: 1 });
  const { key, ...rest } = entry as { readonly key: unknown };
  if (checkString(`keys.${name}`, key) === "") throw wrong(`keys.${name}`, "the key is empty");
  return { digest: digestOf(key as string), caller: { name, ...rest } };
}

/** Digests have one length, whatever the keys have, and nothing can be learned by coming close to one. */
const digestOf = async (key: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));

/** Whether two digests are the same, in a time that says nothing of how far they are. */
function areAlike(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}

function keyIn(authorization: string | undefined): string {
  const [, key] = /^Bearer +([^\s,]+)$/i.exec(authorization ?? "") ?? [];
  if (key !== undefined) return key;
  throw refusal("auth", "A key is needed: send it as `Authorization: Bearer …`.", {
    status: 401,
    code: "invalid_api_key",
    headers: { "www-authenticate": "Bearer" },
    hint: "OpenAI's clients take it as api_key (Python) or apiKey.",
  });
}

const unknownKey = () =>
  refusal("auth", "The key is not known.", {
    status: 401,
    code: "invalid_api_key",
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
