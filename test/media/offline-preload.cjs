// Loaded before a program and each of its threads: whatever asks the network or writes to the disk is printed and fails.
const fs = require("node:fs");
const net = require("node:net");
const dns = require("node:dns");
const dgram = require("node:dgram");

/** tsx, which compiles the program as it is loaded, asks its own server and keeps what it compiled. */
const isOfTsx = () => /[\\/]node_modules[\\/]tsx[\\/]/.test(new Error("where").stack);

function refuse(owner, names, when = () => true) {
  for (const name of names) {
    const original = owner[name];
    if (typeof original !== "function") continue;
    owner[name] = function (...given) {
      if (!when(...given) || isOfTsx()) return original.apply(this, given);
      fs.writeSync(2, `refused: ${name}\n`);
      throw new Error(`refused: ${name}`);
    };
  }
}

refuse(globalThis, ["fetch"]);
refuse(net.Socket.prototype, ["connect"]);
refuse(dns, ["lookup", "resolve"]);
refuse(dns.promises, ["lookup", "resolve"]);
refuse(dgram, ["createSocket"]);
const changes = [
  "writeFile",
  "writeFileSync",
  "appendFile",
  "appendFileSync",
  "mkdir",
  "mkdirSync",
  "createWriteStream",
  "rename",
  "unlink",
];
refuse(fs, changes);
refuse(fs.promises, changes);
refuse(fs, ["open", "openSync"], (_, flags) => typeof flags === "string" && /[wa+]/.test(flags));
