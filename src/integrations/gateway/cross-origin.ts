/** Headers that let a page of another origin read an answer; none where it may not. */
export function crossOriginHeaders(request: Request, origins: readonly string[]): Readonly<Record<string, string>> {
  if (origins.length === 0) return {};
  const origin = request.headers.get("origin");
  if (origin === null || !origins.includes(origin)) return { vary: "origin" };
  return {
    vary: "origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "x-request-id, retry-after",
  };
}

/** The answer to a browser that asks before it sends; undefined where that is no such question, or the origin is not let in. */
export function preflight(request: Request, origins: readonly string[]): Response | undefined {
  const headers = crossOriginHeaders(request, origins);
  if (request.method !== "OPTIONS" || !headers["access-control-allow-origin"]) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
      "access-control-max-age": "600",
    },
  });
}
