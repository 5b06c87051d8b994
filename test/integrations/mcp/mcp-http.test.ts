import { createServer, type IncomingHttpHeaders } from "node:http";

import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { expect, onTestFinished, test } from "vitest";

import { createClient, createTransport, egressPolicy } from "../../../src/index.ts";
import { mcpTools, type McpOptions } from "../../../src/integrations/mcp/index.ts";
import { loadSdk } from "../../../src/integrations/mcp/load-sdk.ts";
import { memory } from "../../../src/testing/index.ts";
import { honestServer } from "../../support/honest-mcp-server.ts";
import { listening } from "../../support/listening.ts";
import { failureOf, loopback } from "../../support/loopback.ts";

/** A server over HTTP with a session, and the headers of what it was asked. */
async function serve(): Promise<{ readonly url: string; readonly seen: IncomingHttpHeaders[]; crash(): void }> {
  const seen: IncomingHttpHeaders[] = [];
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => "session-1" });
  const server = honestServer();
  await server.connect(transport);
  onTestFinished(() => server.close());
  const http = createServer((request, response) => {
    seen.push(request.headers);
    void transport.handleRequest(request, response);
  });
  const origin = await listening(http);
  return { url: `${origin}/mcp`, seen, crash: () => http.closeAllConnections() };
}

async function open(server: McpOptions["server"], options: Partial<McpOptions> = {}) {
  const mcp = await mcpTools({ server, ...options });
  onTestFinished(() => mcp.close());
  return mcp;
}

const transportTo = (...allow: string[]) => {
  const transport = createTransport({ policy: egressPolicy({ allow }) });
  onTestFinished(() => transport.close());
  return transport;
};

const context = { signal: new AbortController().signal, toolCallId: "c" };

test("a server over HTTP is spoken with through the transport, its policy and its headers", async () => {
  const { url, seen } = await serve();
  const transport = transportTo("loopback");
  const { tools } = await open({ url, transport, headers: { authorization: "Bearer k" } });
  const add = tools.find(({ name }) => name === "add");
  expect(await add?.execute?.({ a: 20, b: 22 }, context)).toBe("42");
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.filter(({ authorization }) => authorization !== "Bearer k")).toEqual([]);
  expect(seen.at(-1)).toMatchObject({ "mcp-session-id": "session-1" });
  expect(transport.policy?.report().map(({ allowed }) => allowed)).toContain(true);
});

test("a client lends its provider's transport", async () => {
  const { url } = await serve();
  const client = createClient({ provider: { ...memory(), transport: transportTo("loopback") } });
  expect((await open({ url, client })).tools.length).toBeGreaterThan(5);
});

test("a server that the policy forbids is not connected to", async () => {
  const elsewhere = await loopback(({ socket }) => socket.end());
  const error = await failureOf(open({ url: `${elsewhere.origin}/mcp`, transport: transportTo("10.0.0.1") }));
  expect(error.code).toBe("policy");
  expect(elsewhere.connections()).toBe(0);
});

test.each([301, 302, 307, 308])(
  "a redirect (%i) is an error, and nobody else is asked, not the server itself either",
  async (status) => {
    const elsewhere = await loopback(({ socket }) => socket.end());
    for (const location of [`${elsewhere.origin}/mcp`, "/other"]) {
      const paths: (string | undefined)[] = [];
      const origin = await listening(
        createServer((request, response) => {
          paths.push(request.url);
          response.writeHead(status, { location }).end();
        }),
      );
      const error = await failureOf(open({ url: `${origin}/mcp`, transport: transportTo("loopback") }));
      expect([error.code, error.status]).toEqual(["redirect", status]);
      expect([paths, elsewhere.connections()]).toEqual([["/mcp"], 0]);
    }
  },
);

test.each([
  [401, "auth"],
  [403, "forbidden"],
  [404, "not-found"],
  [500, "protocol"],
])("status %i is the error %s", async (status, code) => {
  const origin = await listening(createServer((_, response) => response.writeHead(status).end("no")));
  expect((await failureOf(open({ url: origin, transport: transportTo("loopback") }))).code).toBe(code);
});

test.each(["application/json", "text/event-stream"])("an endless message of %s is given up", async (type) => {
  const origin = await listening(
    createServer((_, response) => {
      response.writeHead(200, { "content-type": type });
      const piece = type === "application/json" ? '"x",'.repeat(25_000) : `data: ${"x".repeat(99_990)}\n`;
      const write = (): void => {
        if (response.destroyed) return;
        if (response.write(piece)) setImmediate(write);
        else response.once("drain", write);
      };
      write();
    }),
  );
  const limits = { messageBytes: 1_000_000 };
  const error = await failureOf(open({ url: origin, transport: transportTo("loopback") }, { limits }));
  expect([error.code, error.message]).toEqual(["limit", expect.stringContaining("1000000 bytes")]);
});

test("a connection that is lost in mid-call is an error at once", async () => {
  const { url, crash } = await serve();
  const { tools } = await open({ url, transport: transportTo("loopback") });
  const hanging = tools.find(({ name }) => name === "hang")?.execute?.({}, context);
  setTimeout(crash, 100);
  expect(["reset", "truncated"]).toContain((await failureOf(hanging as Promise<unknown>)).code);
});

test("without the package, the command that installs it is told", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  const error = await failureOf(loadSdk(() => Promise.reject(missing)));
  expect([error.code, error.hint]).toEqual(["unsupported", "npm install @modelcontextprotocol/sdk"]);
});

test.each<[McpOptions, RegExp]>([
  [{ server: { url: "http://127.0.0.1:1" } }, /transport/],
  [{ server: { url: "nowhere", transport: createTransport() } }, /server\.url/],
  [{ server: { url: "http://127.0.0.1:1", command: "x" } }, /unknown option "url"/],
  [{ server: { command: "x" }, approval: "perhaps" as never }, /approval/],
  [{ server: { command: "x" }, limits: { tools: 0 } }, /limits\.tools/],
])("wrong options %# are refused", async (options, message) => {
  const error = await failureOf(mcpTools(options));
  expect([error.code, error.message]).toEqual(["invalid-request", expect.stringMatching(message)]);
});
