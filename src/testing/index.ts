export type { ContractCase, ContractSubject, Expectation, Runner } from "./contract-case.ts";
export { contractCases, providerContract } from "./contract.ts";
export { fakeLlamacpp, type FakeLlamacppOptions } from "./fake-llamacpp.ts";
export { fakeOllama, type FakeOllamaOptions } from "./fake-ollama.ts";
export type { FakeRequest, FakeServer } from "./fake-server.ts";
export { fakeVllm, type FakeVllmOptions } from "./fake-vllm.ts";
export { memory, type MemoryOptions, type MemoryProvider, type ScriptedReply } from "./memory.ts";
