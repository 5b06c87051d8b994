export { compareModels, type ComparedServer } from "./composed/comparing.ts";
export { deploy, type Deployment, type DeployOptions } from "./composed/deploying.ts";
export { fetchModel, type FetchModelOptions } from "./composed/fetching.ts";
export { importToOllama, type ImportOptions } from "./composed/importing.ts";
export { launch, type LaunchOptions } from "./composed/launching.ts";
export { plannedURL, type PlannedURLOptions } from "./composed/locating.ts";
export { plan, type PlanOptions } from "./composed/planning.ts";
export { makeImatrix, quantize, type EnvironmentOptions } from "./composed/quantizing.ts";
export { readAdapter, readModel, type ReadModelOptions } from "./composed/reading.ts";
export { target, type TargetPlanOptions } from "./composed/targeting.ts";
export { ollamaEngine, ollamaMemory } from "./composed/usual-engines.ts";
export { verify, type VerifyOptions } from "./composed/verifying.ts";
export type { AdapterShape } from "./deploy/shape/adapter.ts";
export { accelerators, type Accelerator } from "./deploy/catalogue/accelerators.ts";
export type {
  CatalogueModel,
  PublishedCheckpoint,
  ShapeNumbers,
  StoredMethod,
} from "./deploy/catalogue/catalogue-model.ts";
export { modelCatalogue } from "./deploy/catalogue/model-catalogue.ts";
export { describedHost } from "./deploy/host/described-host.ts";
export type { FetchedModel } from "./deploy/files/fetch-model.ts";
export { foundHost as host, type FoundHostOptions } from "./deploy/host/found-host.ts";
export type * from "./deploy/host/host.ts";
export { memorySource, type ByteSource } from "./deploy/shape/byte-source.ts";
export type * from "./deploy/memory/engine-memory.ts";
export type * from "./deploy/engine-choice.ts";
export type * from "./deploy/engine-container.ts";
export type * from "./deploy/engine-server.ts";
export type * from "./deploy/engine.ts";
export type * from "./deploy/launch/launched-server.ts";
export type { Restarts } from "./deploy/launch/restarted-server.ts";
export { checkFiles, pinFiles, problemText, type FileProblem, type PinOptions } from "./deploy/files/pin-files.ts";
export type * from "./deploy/files/pinned-file.ts";
export type * from "./deploy/verify/served-facts.ts";
export type { ServerProcess } from "./deploy/verify/server-processes.ts";
export type * from "./deploy/verify/verification.ts";
export type * from "./deploy/work-progress.ts";
export type { ComparisonOptions } from "./deploy/quantize/compare-models.ts";
export type { ModelComparison, TextLikelihood } from "./deploy/quantize/compare-scores.ts";
export { comparisonText } from "./deploy/quantize/comparison-text.ts";
export type { ImatrixFacts } from "./deploy/quantize/imatrix-file.ts";
export type { ImatrixOptions, MadeImatrix } from "./deploy/quantize/make-imatrix.ts";
export type { ImatrixText, QuantizeOptions } from "./deploy/quantize/quantize-options.ts";
export type { QuantizedModel, UsedImatrix } from "./deploy/quantize/quantized-model.ts";
export type { EndpointOptions } from "./http/endpoint.ts";
export type { ImportedModel, OllamaImportDefinition } from "./providers/ollama/ollama-import.ts";
export {
  compressorScript,
  type CompressorOptions,
  type CompressorScript,
  type CompressorType,
} from "./providers/vllm/vllm-compressor-script.ts";
export { bytesOfKind, estimateMemory } from "./deploy/memory/estimate-memory.ts";
export { fileSource } from "./deploy/shape/file-source.ts";
export type { GgufList, GgufValue } from "./deploy/shape/gguf-metadata.ts";
export { ggufMixtures, type GgufMixture } from "./deploy/quantize/gguf-mixtures.ts";
export { readGguf, type GgufFile } from "./deploy/shape/gguf.ts";
export { formatPlan, shellCommand } from "./deploy/plan/format-plan.ts";
export { formatVerification } from "./deploy/verify/format-verification.ts";
export { httpSource, type HttpSourceOptions } from "./deploy/shape/http-source.ts";
export type * from "./deploy/memory/memory-estimate.ts";
export type * from "./deploy/shape/model-shape.ts";
export { checkedPlan, readPlan } from "./deploy/plan/plan-file.ts";
export type * from "./deploy/plan/plan-value.ts";
export type * from "./deploy/planned-server.ts";
export {
  predictQuantization,
  type PredictQuantizationOptions,
  type QuantizationPrediction,
} from "./deploy/quantize/predict-quantization.ts";
export type { Quantization } from "./deploy/shape/quantization.ts";
export type { OllamaPlace, ReadModelContext } from "./deploy/shape/read-model.ts";
export { reportedShape } from "./deploy/shape/reported-shape.ts";
export { readSafetensors, type SafetensorsFile } from "./deploy/shape/safetensors.ts";
export type { TensorGroup, TensorRole } from "./deploy/shape/tensor-groups.ts";
export type { TensorInfo } from "./deploy/shape/tensor-info.ts";
export { readModelLock, type LockedModel, type ModelLock } from "./deploy/files/sources/model-lock.ts";
export type {
  FolderSource,
  HuggingFaceSource,
  ModelSource,
  OciSource,
  OllamaSource,
} from "./deploy/files/sources/model-source.ts";
export type { RegistryCredentials } from "./deploy/files/sources/registry.ts";
export { estimateSpeed, type SpeedDevice, type SpeedEstimate, type SpeedPlan } from "./deploy/memory/estimate-speed.ts";
export { storedShape } from "./deploy/shape/stored-shape.ts";
export { targetKinds, type TargetFile, type TargetKind, type TargetOptions } from "./deploy/targets/target-value.ts";
export { writeTarget, type WriteTargetOptions } from "./deploy/targets/write-target.ts";
export { vllmMemory } from "./providers/vllm/vllm-memory.ts";
export { llamacppEngine } from "./providers/llamacpp/llamacpp-engine.ts";
export { llamacppMemory } from "./providers/llamacpp/llamacpp-memory.ts";
export { vllmEngine } from "./providers/vllm/vllm-engine.ts";
