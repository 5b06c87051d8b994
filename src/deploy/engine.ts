import type { Economy, EngineChoice, Launch, Layout, Weights } from "./engine-choice.ts";
import type { EngineContainer } from "./engine-container.ts";
import type { EngineServer } from "./engine-server.ts";
import type { Host, HostGpu } from "./host/host.ts";
import type { EngineMemory } from "./memory/engine-memory.ts";
import type { Plan } from "./plan/plan-value.ts";
import type { PlannedServer } from "./planned-server.ts";
import type { ModelShape } from "./shape/model-shape.ts";
import type { Observe } from "./verify/served-facts.ts";

/** The server side of a backend: what it can run where, and the command line of a plan. Each provider has its own. */
export interface Engine {
  /** As a plan's `engine` takes it. */
  readonly name: string;
  /** The provider that recognises its server and speaks with it. Default: the one of the same name. */
  readonly provider?: string;
  /** How its server uses memory. */
  readonly memory: EngineMemory;
  /** The files that it loads. */
  readonly formats: readonly Weights["format"][];
  /** Where its server listens if nobody says. */
  readonly port: number;
  /** Whether the engine is considered where the caller names none. */
  suits(host: Host): boolean;
  /** Why these weights do not run there; nothing where they do. */
  refusal(weights: Weights, host: Host): string | undefined;
  /** Ways to share the model over a host's devices, those that take the least first. */
  layouts(shape: ModelShape, host: Host, machines: number): readonly Layout[];
  /** From giving up nothing on. */
  readonly economies: readonly Economy[];
  /** How many bytes of a GPU the server may use, by those it has. */
  room(gpu: HostGpu, memoryBytes: number): number;
  /** Tokens that go through the model at once on that host. Absent: as the record of its memory has it. */
  batchTokens?(host: Host): number;
  /** Whether the cache is a pool, whose room says how many sequences there are. */
  readonly pooledCache: boolean;
  /** Whether one command serves copies of the model on further GPUs. */
  copies(shape: ModelShape): boolean;
  /** Writes how its server is started. */
  launch(choice: EngineChoice): Launch;
  /** Reads back what a plan says of its server, whose command and environment somebody may have changed since. */
  planned(plan: Plan): PlannedServer;
  /** How its server is started and ended here. Absent: it is planned for only. */
  readonly server?: EngineServer;
  /** How its server runs in a container. Absent: no files are written for it. */
  readonly container?: EngineContainer;
  /** Asks its server what it serves. Absent: `verify` knows only what every server tells. */
  readonly observe?: Observe;
}
