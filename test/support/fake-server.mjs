#!/usr/bin/env node
// A program that behaves like a model server, well or badly, as its arguments say.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

const text = { type: "string" };
const flag = { type: "boolean" };
const { values } = parseArgs({
  options: {
    host: text,
    port: text,
    dies: flag,
    silent: flag,
    deaf: flag,
    child: flag,
    version: flag,
    tag: text,
    "load-ms": text,
    "ready-ms": text,
  },
});

if (values.version) {
  console.log("fake-server version 1.2.3");
  process.exit(0);
}
console.error(`I starting with the key ${process.env.FAKE_KEY}`);
if (values.dies) {
  console.error("E the file is cut: 5 of 9 bytes");
  console.error("E cannot load the model");
  console.error("E giving up");
  process.exit(3);
}
if (values.deaf) process.on("SIGTERM", () => console.error("I not now"));
if (values.child) {
  const child = spawn(
    process.execPath,
    ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)", values.tag ?? ""],
    {
      stdio: "ignore",
    },
  );
  console.log(`I child ${child.pid}`);
}

const started = performance.now();
const server = createServer((request, response) => {
  if (request.url === "/crash") process.exit(9);
  if (request.url === "/leave") process.exit(0);
  const isReady = performance.now() - started >= Number(values["ready-ms"] ?? 0);
  response.statusCode = request.url === "/health" && !isReady ? 503 : 200;
  response.end(JSON.stringify({ env: process.env, argv: process.argv.slice(2) }));
});
server.on("error", (error) => {
  console.error(`E cannot listen: ${error.message}`);
  process.exit(1);
});
if (values.silent) setInterval(() => {}, 1000);
else {
  console.log("I loaded 1 of 2");
  setTimeout(
    () => {
      server.listen(Number(values.port), values.host, () => console.log(`I listening at ${server.address().port}`));
    },
    Number(values["load-ms"] ?? 0),
  );
}
