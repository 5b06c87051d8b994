import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { ClientCredentialsProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { expect, onTestFinished, test } from "vitest";

import { mcpTools, type McpOptions } from "../../../src/integrations/mcp/index.ts";
import { honestServer } from "../../support/honest-mcp-server.ts";
import { listening } from "../../support/listening.ts";
import { failureOf } from "../../support/loopback.ts";

const context = { signal: new AbortController().signal, toolCallId: "c" };
const metadata = "/.well-known/oauth-protected-resource";

const served = (answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>): Server =>
  createServer((request, response) => void answer(request, response));

/** Who gives tokens: to a program that knows the words, and to one that comes back from a browser with a code. */
async function tokenServer(): Promise<{ readonly issuer: string; readonly grants: string[] }> {
  const grants: string[] = [];
  const server = served(async (request, response) => {
    const json = (body: object, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url?.startsWith("/.well-known/")) {
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      });
    }
    const form = new URLSearchParams(await bodyOf(request));
    const words = `Basic ${Buffer.from("inhouse:words").toString("base64")}`;
    const knows = request.headers.authorization === words || form.get("code") === "from-the-browser";
    if (request.url !== "/token" || !knows) return json({ error: "invalid_client" }, 401);
    grants.push(form.get("grant_type") ?? "");
    return json({ access_token: "token-1", token_type: "Bearer", expires_in: 60 });
  });
  const issuer = await listening(server);
  return { issuer, grants };
}

/** A server of tools that nobody may call without a token. */
async function guardedServer(issuer: string): Promise<URL> {
  const server = served(async (request, response) => {
    const origin = `http://${request.headers.host}`;
    if (request.url?.startsWith(metadata)) {
      const body = { resource: `${origin}/mcp`, authorization_servers: [issuer] };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    }
    if (request.headers.authorization !== "Bearer token-1") {
      const challenge = `Bearer resource_metadata="${origin}${metadata}"`;
      return response.writeHead(401, { "www-authenticate": challenge }).end();
    }
    const transport = new StreamableHTTPServerTransport({}); // without a session, each request has its own
    const tools = honestServer();
    response.once("close", () => void tools.close());
    await tools.connect(transport);
    return transport.handleRequest(request, response);
  });
  return new URL("/mcp", await listening(server));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function open(connection: Extract<McpOptions["server"], { connection: unknown }>["connection"]) {
  const mcp = await mcpTools({ server: { connection } });
  onTestFinished(() => mcp.close());
  return mcp;
}

const sum = async ({ tools }: Awaited<ReturnType<typeof open>>) =>
  tools.find(({ name }) => name === "add")?.execute?.({ a: 20, b: 22 }, context);

test("a connection of the SDK's own gets its token by OAuth", async () => {
  const { issuer, grants } = await tokenServer();
  const authProvider = new ClientCredentialsProvider({
    clientId: "inhouse",
    clientSecret: "words",
    expectedIssuer: issuer,
  });
  const mcp = await open(new StreamableHTTPClientTransport(await guardedServer(issuer), { authProvider }));
  expect(await sum(mcp)).toBe("42");
  expect(grants).toEqual(["client_credentials"]);
});

test("a person signs in in a browser: until then it is the error auth, and a new connection has the token", async () => {
  const { issuer, grants } = await tokenServer();
  const url = await guardedServer(issuer);
  const kept: { tokens?: Awaited<ReturnType<OAuthClientProvider["tokens"]>>; verifier?: string; asked?: URL } = {};
  const authProvider: OAuthClientProvider = {
    redirectUrl: "http://127.0.0.1/signed-in",
    clientMetadata: { redirect_uris: ["http://127.0.0.1/signed-in"] },
    clientInformation: () => ({ client_id: "inhouse" }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    redirectToAuthorization: (asked) => void (kept.asked = asked),
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? "",
  };
  const first = new StreamableHTTPClientTransport(url, { authProvider });
  const error = await failureOf(open(first));
  expect([error.code, error.hint]).toEqual(["auth", expect.stringContaining("connect anew")]);
  expect(kept.asked?.origin).toBe(issuer);
  await first.finishAuth("from-the-browser");
  expect(await sum(await open(new StreamableHTTPClientTransport(url, { authProvider })))).toBe("42");
  expect(grants).toEqual(["authorization_code"]);
});

test("without a token it is the error auth", async () => {
  const { issuer } = await tokenServer();
  const error = await failureOf(open(new StreamableHTTPClientTransport(await guardedServer(issuer))));
  expect(error.code).toBe("auth");
});

test("any transport of the SDK is a connection, and is closed with the tools", async () => {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = honestServer();
  await server.connect(theirs);
  const mcp = await open(ours);
  expect(await sum(mcp)).toBe("42");
  let closed = false;
  Object.assign(server.server, { onclose: () => (closed = true) });
  await mcp.close();
  expect(closed).toBe(true);
});

test("a server that ends the connection is an error that says what to do", async () => {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = honestServer();
  await server.connect(theirs);
  const mcp = await open(ours);
  await server.close();
  const error = await failureOf(sum(mcp));
  expect(error).toMatchObject({ code: "reset", hint: expect.stringContaining("connect anew with mcpTools()") });
});

test.each([{ connection: {} }, { connection: undefined }, { connection: new URL("http://127.0.0.1:1") }])(
  "what is no connection is refused (%#)",
  async (server) => {
    const error = await failureOf(mcpTools({ server: server as never }));
    expect([error.code, error.message]).toEqual(["invalid-request", expect.stringMatching(/^server\.connection/)]);
  },
);
