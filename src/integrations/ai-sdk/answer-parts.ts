import type { ModelEvent, ToolCallDeltaEvent, ToolCallEvent } from "../../core/event.ts";
import { fencedJson } from "../../core/fenced-json.ts";
import type { StreamPart } from "./ai-sdk-spec.ts";

/** Turns the events of an answer into the AI SDK's parts. */
export interface AnswerParts {
  /** The parts of one event; often none. */
  read(event: ModelEvent): readonly StreamPart[];
  /** The parts that were still held back, when nothing comes any more. */
  end(): readonly StreamPart[];
}

/** How an answer is to be read. */
interface AnswerReading {
  /** Text is JSON, without the fence that a model may put around it. */
  readonly isJson: boolean;
  /**
   * The answer may be followed by another, which is held to the form: then its text was none of it. It waits until that is
   * known, since the AI SDK takes all text of a step for the JSON.
   */
  readonly mayBeFirst: boolean;
}

/** A reader of the events of one call. */
export function answerParts({ isJson, mayBeFirst }: AnswerReading): AnswerParts {
  let open: { readonly kind: "text" | "reasoning"; readonly id: string } | undefined;
  let blocks = 0;
  let waiting: string[] | undefined = mayBeFirst ? [] : undefined; // text of which it is not known whether it is the JSON
  let bare = isJson ? bareJson() : undefined;
  let finished = false;
  let calling = false;
  const calls = new Map<number, string>(); // those that have begun, with their ids

  function close(): readonly StreamPart[] {
    if (!open) return [];
    const { kind, id } = open;
    open = undefined;
    return [{ type: `${kind}-end`, id }];
  }

  function say(kind: "text" | "reasoning", delta: string): readonly StreamPart[] {
    if (delta === "") return [];
    if (open?.kind === kind) return [{ type: `${kind}-delta`, id: open.id, delta }];
    const before = close();
    const id = String(blocks);
    blocks += 1;
    open = { kind, id };
    return [...before, { type: `${kind}-start`, id }, { type: `${kind}-delta`, id, delta }];
  }

  /** What waited. */
  function released(): string {
    const waited = waiting?.join("") ?? "";
    waiting = undefined;
    return waited;
  }

  function sayText(piece: string): readonly StreamPart[] {
    if (!waiting) return say("text", bare ? bare.read(piece) : piece);
    waiting.push(piece);
    return [];
  }

  /** What is said beside calls is said as it is. */
  function beforeCall(): readonly StreamPart[] {
    if (calling) return [];
    calling = true;
    bare = undefined;
    return [...say("text", released()), ...close()];
  }

  function callDelta({ index, id, name, arguments: delta }: ToolCallDeltaEvent): readonly StreamPart[] {
    const known = calls.get(index);
    if (known !== undefined) return delta === "" ? [] : [{ type: "tool-input-delta", id: known, delta }];
    if (id === undefined || name === undefined) return []; // the whole call is yet to come
    calls.set(index, id);
    const begin: StreamPart = { type: "tool-input-start", id, toolName: name };
    return [...beforeCall(), begin, ...(delta === "" ? [] : [{ type: "tool-input-delta" as const, id, delta }])];
  }

  function wholeCall({ index, id: given, name, arguments: input }: ToolCallEvent): readonly StreamPart[] {
    const begun = calls.has(index)
      ? []
      : callDelta({ type: "tool-call-delta", choice: 0, index, id: given, name, arguments: input });
    const id = calls.get(index) ?? given;
    calls.delete(index);
    return [...begun, { type: "tool-input-end", id }, { type: "tool-call", toolCallId: id, toolName: name, input }];
  }

  /** Another answer begins: the one before had not the form. */
  function another(): readonly StreamPart[] {
    if (!finished) return [];
    finished = false;
    return [...say("reasoning", released()), ...close()];
  }

  return {
    read(event) {
      switch (event.type) {
        case "start":
          return another();
        case "text-delta":
          return sayText(event.text);
        case "reasoning-delta":
          return say("reasoning", event.text);
        case "tool-call-delta":
          return callDelta(event);
        case "tool-call":
          return wholeCall(event);
        case "raw":
          return [{ type: "raw", rawValue: event.value }];
        case "finish":
          finished = true;
          return [];
        default:
          return [];
      }
    },
    end: () => [...sayText(released()), ...say("text", bare?.rest() ?? ""), ...close()],
  };
}

/** JSON without the fence that a model may put around it; `rest` is a text in which there was none to be found. */
function bareJson() {
  const find = fencedJson();
  let passed: string[] | undefined = [];
  return {
    read(piece: string): string {
      const found = find(piece);
      if (found === "") passed?.push(piece);
      else passed = undefined;
      return found;
    },
    rest: (): string => passed?.join("") ?? "",
  };
}
