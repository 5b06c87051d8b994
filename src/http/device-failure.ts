/** Words of a GPU or an engine that failed, as PyTorch, ggml and the drivers have them. */
const words =
  /out of (device |host |system |video )?memory|out-of-memory|OutOfMemoryError|\b(CUDA|HIP|ROCm|SYCL|Metal|Vulkan) error|cudaMalloc|device-side assert|ErrorDeviceLost|EngineDeadError|EngineCore encountered an issue/i;

/** What a server's words tell of a failed GPU or engine: on the same server, the same call fails again. */
export function deviceFailure(message: string): { readonly retryable: false; readonly hint: string } | undefined {
  if (!words.test(message)) return undefined;
  return {
    retryable: false,
    hint: "The server's GPU or engine failed, or its memory is full: look at its log, send less at a time, or restart it.",
  };
}
