/** A piece of an answer: what was said, or what was thought. */
export interface TaggedPiece {
  readonly type: "text-delta" | "reasoning-delta";
  readonly text: string;
}

/** Splits thinking off a streamed text that carries it between tags. */
export interface ReasoningSplitter {
  push(text: string): readonly TaggedPiece[];
  /** What is held back at the end of the text. */
  end(): readonly TaggedPiece[];
}

/** The tags in use: Qwen, DeepSeek and most others; Mistral's reasoning models. */
const tags: readonly { readonly open: string; readonly close: string }[] = [
  { open: "<think>", close: "</think>" },
  { open: "[THINK]", close: "[/THINK]" },
];

/**
 * A splitter for one answer. Only a text that begins with an opening tag (white space apart) is split; a tag later on is
 * part of what the model says. `opened` is for a model whose chat template writes the opening tag itself: then the text
 * begins inside the thinking, and all is thinking where no tag closes it. Tags cut across pieces are found, and no text is
 * held back longer than it takes to decide.
 */
export function reasoningSplitter(opened = false): ReasoningSplitter {
  let state: "beginning" | "opened" | "thinking" | "after" | "text" = "beginning";
  let held = "";
  let closings: readonly string[] = [];

  function beginning(): readonly TaggedPiece[] {
    const begun = held.trimStart();
    const tag = tags.find(({ open }) => begun.startsWith(open)); // some models write it though the template did
    if (tag) {
      closings = [tag.close];
      held = begun.slice(tag.open.length);
      state = "opened";
      return thinking();
    }
    if (tags.some(({ open }) => open.startsWith(begun))) return [];
    if (opened) {
      closings = tags.map(({ close }) => close);
      state = "opened";
      return thinking();
    }
    state = "text";
    return release("text-delta");
  }

  function thinking(): readonly TaggedPiece[] {
    if (state === "opened" && held !== "") {
      held = held.replace(/^\n/, ""); // the line feed after the opening tag, which may come in the next piece
      state = "thinking";
    }
    let first = -1;
    let length = 0;
    let keep = 0;
    for (const close of closings) {
      const at = held.indexOf(close);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
        ({ length } = close);
      }
      keep = Math.max(keep, overlap(held, `\n${close}`));
    }
    if (first >= 0) {
      const thought = held.slice(0, first).replace(/\n$/, "");
      held = held.slice(first + length);
      state = "after";
      return [...piece("reasoning-delta", thought), ...after()];
    }
    const thought = held.slice(0, held.length - keep);
    held = held.slice(held.length - keep);
    return piece("reasoning-delta", thought);
  }

  function after(): readonly TaggedPiece[] {
    held = held.trimStart(); // the blank lines between the closing tag and the answer
    if (held === "") return [];
    state = "text";
    return release("text-delta");
  }

  function release(type: TaggedPiece["type"]): readonly TaggedPiece[] {
    const text = held;
    held = "";
    return piece(type, text);
  }

  return {
    push(text) {
      if (state === "text") return piece("text-delta", text);
      held += text;
      if (state === "beginning") return beginning();
      return state === "after" ? after() : thinking();
    },
    end: () => release(state === "thinking" || (opened && state === "beginning") ? "reasoning-delta" : "text-delta"),
  };
}

function piece(type: TaggedPiece["type"], text: string): readonly TaggedPiece[] {
  return text === "" ? [] : [{ type, text }];
}

/** How much of the end of `text` could be the beginning of `mark`, or of `mark` without its first character. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length -= 1) {
    const end = text.slice(-length);
    if (mark.startsWith(end) || mark.startsWith(end, 1)) return length;
  }
  return 0;
}
