export { compareModels, type ComparedServer } from "./composed/comparing.ts";
export { deploy, type Deployment, type DeployOptions } from "./composed/deploying.ts";
export { fetchModel } from "./composed/fetching.ts";
export { importToOllama, type ImportOptions } from "./composed/importing.ts";
export { launch, type LaunchOptions } from "./composed/launching.ts";
export { plan, type PlanOptions } from "./composed/planning.ts";
export { makeImatrix, quantize, type EnvironmentOptions } from "./composed/quantizing.ts";
export { readAdapter, readModel, type ReadModelOptions } from "./composed/reading.ts";
export { target, type TargetPlanOptions } from "./composed/targeting.ts";
export { ollamaEngine, ollamaMemory } from "./composed/usual-engines.ts";
export { verify, type VerifyOptions } from "./composed/verifying.ts";
export type { AdapterShape } from "./deploy/adapter.ts";
export { accelerators, type Accelerator } from "./deploy/catalogue/accelerators.ts";
export type {
  CatalogueModel,
  PublishedCheckpoint,
  ShapeNumbers,
  StoredMethod,
} from "./deploy/catalogue/catalogue-model.ts";
export { modelCatalogue } from "./deploy/catalogue/model-catalogue.ts";
export { describedHost } from "./deploy/described-host.ts";
export type { FetchedModel, FetchModelOptions } from "./deploy/fetch-model.ts";
export { foundHost as host, type FoundHostOptions } from "./deploy/found-host.ts";
export type * from "./deploy/host.ts";
export { memorySource, type ByteSource } from "./deploy/byte-source.ts";
export type * from "./deploy/engine-memory.ts";
export type * from "./deploy/engine-choice.ts";
export type * from "./deploy/engine-container.ts";
export type * from "./deploy/engine-server.ts";
export type * from "./deploy/engine.ts";
export type * from "./deploy/launched-server.ts";
export type { Restarts } from "./deploy/restarted-server.ts";
export { checkFiles, pinFiles, type FileProblem, type PinOptions } from "./deploy/pin-files.ts";
export type * from "./deploy/pinned-file.ts";
export type * from "./deploy/served-facts.ts";
export type { ServerProcess } from "./deploy/server-processes.ts";
export type * from "./deploy/verification.ts";
export type * from "./deploy/work-progress.ts";
export type { ComparisonOptions } from "./deploy/compare-models.ts";
export type { ModelComparison, TextLikelihood } from "./deploy/compare-scores.ts";
export { comparisonText } from "./deploy/comparison-text.ts";
export type { ImatrixOptions } from "./deploy/make-imatrix.ts";
export type { QuantizedModel } from "./deploy/quantized-model.ts";
export type { QuantizeOptions } from "./deploy/quantize.ts";
export type { EndpointOptions } from "./http/endpoint.ts";
export type { ImportedModel, OllamaImportDefinition } from "./providers/ollama/ollama-import.ts";
export {
  compressorScript,
  type CompressorOptions,
  type CompressorScript,
  type CompressorType,
} from "./providers/vllm/vllm-compressor-script.ts";
export { bytesOfKind, estimateMemory } from "./deploy/estimate-memory.ts";
export { fileSource } from "./deploy/file-source.ts";
export type { GgufList, GgufValue } from "./deploy/gguf-metadata.ts";
export { ggufMixtures, type GgufMixture } from "./deploy/gguf-mixtures.ts";
export { readGguf, type GgufFile } from "./deploy/gguf.ts";
export { formatPlan, shellCommand } from "./deploy/format-plan.ts";
export { formatVerification } from "./deploy/format-verification.ts";
export { httpSource, type HttpSourceOptions } from "./deploy/http-source.ts";
export type * from "./deploy/memory-estimate.ts";
export type * from "./deploy/model-shape.ts";
export { checkedPlan, readPlan } from "./deploy/plan-file.ts";
export { plannedURL } from "./deploy/planned-launch.ts";
export type * from "./deploy/plan-value.ts";
export {
  predictQuantization,
  type PredictQuantizationOptions,
  type QuantizationPrediction,
} from "./deploy/predict-quantization.ts";
export type { Quantization } from "./deploy/quantization.ts";
export type { OllamaPlace, ReadModelContext } from "./deploy/read-model.ts";
export { reportedShape } from "./deploy/reported-shape.ts";
export { readSafetensors, type SafetensorsFile } from "./deploy/safetensors.ts";
export type { TensorGroup, TensorRole } from "./deploy/tensor-groups.ts";
export type { TensorInfo } from "./deploy/tensor-info.ts";
export { readModelLock, type LockedModel, type ModelLock } from "./deploy/sources/model-lock.ts";
export type {
  FolderSource,
  HuggingFaceSource,
  ModelSource,
  OciSource,
  OllamaSource,
} from "./deploy/sources/model-source.ts";
export type { RegistryCredentials } from "./deploy/sources/registry.ts";
export { estimateSpeed, type SpeedDevice, type SpeedEstimate, type SpeedPlan } from "./deploy/estimate-speed.ts";
export { storedShape } from "./deploy/stored-shape.ts";
export { targetKinds, type TargetFile, type TargetKind, type TargetOptions } from "./deploy/targets/target-value.ts";
export { writeTarget, type WriteTargetOptions } from "./deploy/targets/write-target.ts";
export { vllmMemory } from "./providers/vllm/vllm-memory.ts";
export { llamacppEngine } from "./providers/llamacpp/llamacpp-engine.ts";
export { llamacppMemory } from "./providers/llamacpp/llamacpp-memory.ts";
export { vllmEngine } from "./providers/vllm/vllm-engine.ts";
