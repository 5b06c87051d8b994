import { InhouseError } from "../../../core/error.ts";

/** The address of a mirror, with a slash at its end. Throws `invalid-request` for what is none. */
export function mirrorAddress(name: string, value: unknown, example: string): URL {
  const wrong = (words: string): InhouseError =>
    new InhouseError("invalid-request", `${name}: ${words}.`, { hint: `Write it like ${example}.` });
  if (typeof value !== "string" || !/^https?:\/\//i.test(value) || !URL.canParse(value)) {
    throw wrong("expected an address that begins with http:// or https://");
  }
  const url = new URL(value);
  if (url.username !== "" || url.password !== "") throw wrong("a key does not belong in an address, use apiKey");
  if (url.search !== "" || url.hash !== "") throw wrong("it may not have a query or fragment");
  return new URL(`${url.origin}${url.pathname.replace(/\/*$/, "/")}`);
}

/** A path of several parts below an address, each part as a URL writes it; registries want the colon of a digest as it is. */
export function below(address: URL, ...parts: readonly string[]): URL {
  const written = parts
    .flatMap((part) => part.split("/"))
    .map((part) => encodeURIComponent(part).replaceAll("%3A", ":"));
  return new URL(`./${written.join("/")}`, address);
}
