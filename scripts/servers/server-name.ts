export type ServerName = "llama-server" | "ollama" | "vllm";
