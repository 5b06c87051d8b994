/** Launches the fake server with a child of its own, says its process, and waits to be killed. */
import { launch } from "../../src/deploy.ts";
import { fakeEngine, fakePlan, fakeProgram } from "./fake-engine.ts";

const server = await launch(fakePlan("--deaf", "--child"), {
  engines: [fakeEngine()],
  programs: { "fake-server": fakeProgram },
});
console.log(server.pid);
