import type { Middleware } from "../core/handler.ts";
import { checkObject, checkString, wrong } from "./check.ts";
import type { CallOptions } from "./inputs.ts";

/** What the client, its provider or HTTP writes. */
const owned = new RegExp(
  "^(accept-encoding|authorization|connection|content-.*|expect|host|http2-settings|keep-alive|proxy-.*|te|trailer" +
    "|transfer-encoding|upgrade|x-request-(attempt|id))$",
);

/** Gives a call its headers, their names in lower case; throws `invalid-request`, never with a value. */
export const withHeaders = (given: CallOptions["headers"]): Middleware => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(checkObject("headers", given))) {
    const plain = name.toLowerCase();
    if (owned.test(plain)) {
      const hint = plain === "authorization" ? "Pass apiKey to the provider." : undefined;
      throw wrong(`headers.${name}`, "the client writes it itself", hint);
    }
    headers[plain] = checkString(`headers.${name}`, value);
  }
  return (request, context, next) => next(request, { ...context, headers });
};
