export {
  contractCases,
  providerContract,
  type ContractCase,
  type ContractSubject,
  type Expectation,
  type Runner,
} from "./contract.ts";
export { fakeLlamacpp, type FakeLlamacppOptions } from "./fake-llamacpp.ts";
export type { FakeRequest, FakeServer } from "./fake-server.ts";
export { memory, type MemoryOptions, type MemoryProvider, type ScriptedReply } from "./memory.ts";
