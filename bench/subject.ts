/** A client whose cost is measured. */
export interface Subject {
  /** Streams one answer and hands out each piece of its text. */
  stream(onText: (text: string) => void): Promise<void>;
  /** Streams one JSON object, tells of every piece, and returns it at the end; where that is measured. */
  object?(onPartial: () => void): Promise<unknown>;
  /** The text of one answer that is not streamed. */
  chat(): Promise<string>;
  close(): Promise<void>;
}

/** Makes a client of the server at `root`, the part before `/v1` or `/api`. */
export type OpenSubject = (root: string) => Subject;

export const model = "qwen3-8b-instruct";

export const messages = [
  { role: "system", content: "You answer in one paragraph." },
  { role: "user", content: "How does a language model that runs in the house answer its users?" },
] as const;
