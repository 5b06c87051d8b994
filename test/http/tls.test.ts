import { createServer } from "node:http";

import { expect, onTestFinished, test } from "vitest";

import type { TlsOptions } from "../../src/http/transport-options.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { makeCertificates, type Certificates } from "../support/certificates.ts";
import { failureOf, loopback, rawServer, request, textOf } from "../support/loopback.ts";
import { reply } from "../support/wire.ts";

const made = makeCertificates();
const certificates = made as Certificates; // read only in tests that run where it is there
const tlsTest = made ? test : test.skip;

function send(origin: string, tls: TlsOptions = {}) {
  const transport = createTransport({ tls });
  onTestFinished(() => transport.close());
  return transport.send(request(origin)).then(textOf);
}

tlsTest("a server of the house is trusted by the house's own CA", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("encrypted")), certificates.server);
  expect(await send(server.origin, { ca: certificates.ca })).toBe("encrypted");
});

tlsTest("an unknown CA: tls, with the way to make it known, and not a byte of the request is sent", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("")), certificates.server);
  const error = await failureOf(send(server.origin));
  expect(error).toMatchObject({ code: "tls", retryable: false });
  expect(error.hint).toContain("createTransport({ tls: { ca } })");
  expect(server.requests).toHaveLength(0);
});

tlsTest("a certificate for another name: tls", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("")), certificates.wrongName);
  expect((await failureOf(send(server.origin, { ca: certificates.ca }))).code).toBe("tls");
  expect(server.requests).toHaveLength(0);
});

tlsTest("servername says which name to expect in its place", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("that one")), certificates.wrongName);
  expect(await send(server.origin, { ca: certificates.ca, servername: "elsewhere.example" })).toBe("that one");
});

tlsTest("an expired certificate: tls", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("")), certificates.expired);
  const error = await failureOf(send(server.origin, { ca: certificates.ca }));
  expect(error.code).toBe("tls");
  expect(error.message).toContain("CERT_HAS_EXPIRED");
  expect(server.requests).toHaveLength(0);
});

tlsTest("NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch the check off", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("")), certificates.server);
  const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  onTestFinished(() => {
    if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
  });
  expect((await failureOf(send(server.origin))).code).toBe("tls");
  expect(server.requests).toHaveLength(0);
});

tlsTest("a client certificate is shown to a server that asks for one", async () => {
  const asking = { ...certificates.server, ca: certificates.ca, requestCert: true, rejectUnauthorized: true };
  const server = await loopback(({ socket }) => socket.write(reply("known client")), asking);
  expect(await send(server.origin, { ca: certificates.ca, ...certificates.client })).toBe("known client");
  expect(server.requests).toHaveLength(1);
  // Under TLS 1.3 the server's refusal comes after the handshake, and Node's server only closes the connection.
  expect(["tls", "reset"]).toContain((await failureOf(send(server.origin, { ca: certificates.ca }))).code);
  expect(server.requests).toHaveLength(1);
});

test("http:// to a TLS port: protocol, with the way out", async () => {
  const alert = Buffer.from("15030100020246", "hex"); // what OpenSSL's servers send to plain text
  const server = await rawServer((socket) => socket.once("data", () => socket.end(alert)));
  const error = await failureOf(send(server.origin));
  expect(error.code).toBe("protocol");
  expect(error.hint).toContain("TLS");
});

test("https:// to a plain HTTP port: tls, with the way out", async () => {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const error = await failureOf(send(`https://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`));
  expect(error.code).toBe("tls");
  expect(error.hint).toContain("http://");
});
