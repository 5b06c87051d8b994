import { createOllama } from "ai-sdk-ollama";

import { model, type OpenSubject } from "../subject.ts";
import { aiSubject } from "./ai-subject.ts";

/** ai with ai-sdk-ollama, the provider of the AI SDK that speaks Ollama's own protocol. */
export const open: OpenSubject = (root) => aiSubject(createOllama({ baseURL: root })(model));
