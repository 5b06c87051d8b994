/** A client whose cost is measured. */
export interface Subject {
  /** Streams one answer and hands out each piece of its text. */
  stream(onText: (text: string) => void): Promise<void>;
  /** Streams one JSON object, tells of every partial object, and returns it at the end; where that is measured. */
  object?(onPartial: () => void): Promise<unknown>;
  /** Whether `object` hands out fewer partial objects than pieces came. */
  readonly skipsPartials?: true;
  /** Streams one tool call, tells of every piece of its arguments, and returns them at the end; where that is measured. */
  call?(onPiece: () => void): Promise<unknown>;
  /** The text of one answer about a sound, which is sent as its base64; where that is measured. */
  upload?(wav: Uint8Array): Promise<string>;
  /** The text of one answer that is not streamed. */
  chat(): Promise<string>;
  close?(): Promise<void>;
}

/** Makes a client of the server at `root`, the part before `/v1` or `/api`. */
export type OpenSubject = (root: string) => Subject;

export const model = "qwen3-8b-instruct";

export const tools = [
  { name: "file", description: "Files a document.", parameters: { type: "object" } },
  { name: "clock", description: "Tells the time.", parameters: { type: "object" } },
] as const;

export const messages = [
  { role: "system", content: "You answer in one paragraph." },
  { role: "user", content: "How does a language model that runs in the house answer its users?" },
] as const;
