// Loaded before a program: the package that INHOUSE_WITHOUT names is not there.
const Module = require("node:module");

const missing = process.env.INHOUSE_WITHOUT;
const finder = "_resolveFilename"; // what createRequire() asks; Node 20 has no hook of its own for that
const resolve = Module[finder];
Module[finder] = function (request, ...rest) {
  if (!request.startsWith(missing)) return resolve.call(this, request, ...rest);
  throw Object.assign(new Error(`Cannot find module '${request}'`), { code: "MODULE_NOT_FOUND" });
};
const hook = `export async function resolve(specifier, context, next) {
  if (!specifier.startsWith(${JSON.stringify(missing)})) return next(specifier, context);
  throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
}`;
Module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
