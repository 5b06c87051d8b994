import type { Message, Part } from "../../core/message.ts";

/** What a model is shown of a piece: its text under its mark, and its picture or sound behind it. */
export interface ShownPiece {
  readonly text: string;
  readonly media: readonly Part[];
}

/** For the call that writes the answer from the material itself. */
export const answerFromMaterial =
  "You do a task with the material that the user shows you, and with nothing else. Write only what the material says. " +
  "Where it does not say what the task asks for, say so, and do not guess. Before each piece of the material stands a mark " +
  "such as [page 3] or [02:15], which says where it is from: write it behind what you take from there.";

/** For a call that sees a part of the material. */
export const notesFromMaterial =
  "You read one part of a longer material and take notes for somebody who will do a task with your notes alone. Note only " +
  "what this part says and what matters for the task, in short sentences, names, numbers and dates included. Before each " +
  "piece stands a mark such as [page 3] or [02:15], which says where it is from: name it with what you note from there.";

/** For a call that makes fewer notes of many. */
export const notesFromNotes =
  "You shorten notes for somebody who will do a task with them alone. Put together what belongs together, leave out what " +
  "does not matter for the task, and add nothing. Before each note stands a mark such as [page 3] or [02:15], which says " +
  "where it is from: name it with what you keep of the note.";

/** For the call that writes the answer from notes. */
export const answerFromNotes =
  "You do a task with the notes that the user shows you, and with nothing else: they were taken from a longer material, " +
  "which you do not see. Write only what the notes say. Where they do not say what the task asks for, say so, and do not " +
  "guess. Before each note stands a mark such as [page 3] or [02:15], which says where in the material it is from: write it " +
  "behind what you take from there.";

/** The conversation that shows pieces under their marks, and then the task: what stands last is remembered best. */
export function analysisMessages(
  instructions: string,
  task: string,
  pieces: readonly ShownPiece[],
): readonly [Message, Message] {
  const parts: Part[] = [];
  let text = "";
  for (const piece of pieces) {
    text += piece.text;
    if (piece.media.length === 0) continue;
    parts.push({ type: "text", text }, ...piece.media);
    text = "";
  }
  text += task;
  const content = parts.length === 0 ? text : [...parts, { type: "text" as const, text }];
  return [
    { role: "system", content: instructions },
    { role: "user", content },
  ];
}
