import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { normalizeChat } from "../normalize.ts";
import { tokenize } from "../tokenize.ts";
import { markedText, type AnalysisPiece } from "./analysis-piece.ts";
import {
  analysisMessages,
  answerFromMaterial,
  answerFromNotes,
  notesFromMaterial,
  notesFromNotes,
} from "./analysis-prompts.ts";
import type { AnalysisRun } from "./analysis-run.ts";

/** What one call of an analysis has room for, in tokens. */
export interface AnalysisWindow {
  readonly contextLength: number;
  /** What the server tells of the model; absent where it tells nothing. */
  readonly model?: ModelInfo;
  /** For the material or the notes of the call that writes the answer, and for the answer. */
  readonly answer: { readonly budget: number; readonly maxTokens: number };
  /** For what a call takes notes of, and for the notes. */
  readonly notes: { readonly budget: number; readonly maxTokens: number };
  /** Thinking about each note would take longer than the notes: it is switched off where the caller says nothing of it. */
  readonly notesWithoutThinking: boolean;
  /** Tokens of a piece under its mark. */
  count(piece: AnalysisPiece): Promise<number>;
  /** Whether the server's tokenizer counts, and not an estimate. */
  counted(): boolean;
}

/** The window of a model whose server does not tell it: what the smallest in use have. */
const assumedWindow = 4_096;
/** Bytes of text for a token where nobody counts: few, so that too much is not sent. */
const cautiousBytes = 3;
/** Tokens counted piece by piece are not exactly those of the whole. */
const leftFree = 0.05;
/** The most that an answer takes of what the window leaves, and notes: those of six calls fit into one, so that reducing ends. */
const answerShare = 4;
const notesShare = 8;
/** With less room, a text would be torn to shreds. */
const leastBudget = 64;

/** Finds out what fits into a call, by the server's own numbers where it has them. `form` is what else the answer's prompt may hold. */
export async function analysisWindow(run: AnalysisRun, form: string): Promise<AnalysisWindow> {
  const { client, input, signal } = run;
  const info = await modelInfo(run);
  const model = input.model ?? client.model ?? info?.id;
  let counts = (info?.capabilities ?? client.target.provider.capabilities).tokenization.supported !== "no";

  async function tokensOf(text: string): Promise<number> {
    if (counts) {
      try {
        return (await tokenize({ ...run.callOptions, text }, client.start)).tokens.length;
      } catch (error) {
        if (!isInhouseError(error) || !["unsupported", "not-found", "protocol"].includes(error.code)) throw error;
        counts = false;
      }
    }
    return Math.ceil(Buffer.byteLength(text) / cautiousBytes);
  }

  /** What a prompt takes without any material, and the window that this very request would have. */
  async function measured(instructions: string) {
    const messages = analysisMessages(instructions, input.task, []);
    const request = normalizeChat({ ...run.chatOptions, messages, ...(model === undefined ? {} : { model }) }, false);
    const size = (await client.target.provider.measure?.(request, signal)) ?? {};
    // The marks of a template are a few tokens for each message.
    const tokens = size.promptTokens ?? 32 + (await tokensOf(instructions + input.task));
    return { tokens, contextLength: size.contextLength };
  }

  const [answering, fromNotes, noting, condensing] = await Promise.all(
    [answerFromMaterial, answerFromNotes, notesFromMaterial, notesFromNotes].map(measured),
  );
  const told = input.contextLength ?? answering?.contextLength ?? info?.contextLength;
  if (told === undefined) {
    const assumed = `The server does not tell the model's window: ${assumedWindow} tokens are assumed.`;
    run.warn("contextLength", assumed);
  }
  const contextLength = told ?? assumedWindow;
  const forAnswer = Math.max(answering?.tokens ?? 0, fromNotes?.tokens ?? 0) + (form === "" ? 0 : await tokensOf(form));
  const forNotes = Math.max(noting?.tokens ?? 0, condensing?.tokens ?? 0);

  function roomBeside(promptTokens: number, wanted: number, share: number) {
    const free = contextLength - promptTokens;
    const maxTokens = Math.min(wanted, Math.floor(free / share));
    const budget = Math.floor((free - maxTokens) * (1 - leftFree));
    if (budget >= leastBudget) return { budget, maxTokens };
    throw new InhouseError(
      "context-length",
      `The task leaves ${Math.max(0, free)} of the window's ${contextLength} tokens for the material and the answer.`,
      {
        provider: client.target.provider.name,
        promptTokens,
        contextLength,
        hint: "Shorten the task or the schema, or start the server with a larger context.",
      },
    );
  }

  const notesWithoutThinking = input.reasoning === undefined && info?.capabilities.reasoningSwitch.supported === "yes";
  const answer = roomBeside(forAnswer, input.maxTokens ?? (thinks(run, info) ? 4_096 : 1_024), answerShare);
  if (input.maxTokens !== undefined && answer.maxTokens < input.maxTokens) {
    run.warn("maxTokens", `The answer has ${answer.maxTokens} tokens, a quarter of what the window leaves.`);
  }
  return {
    contextLength,
    ...(info === undefined ? {} : { model: info }),
    answer,
    notes: roomBeside(forNotes, thinks(run, info) && !notesWithoutThinking ? 6_144 : 1_536, notesShare),
    notesWithoutThinking,
    async count(piece) {
      return (await tokensOf(markedText(piece))) + (piece.mediaTokens ?? 0);
    },
    counted: () => counts,
  };
}

/** Whether an answer needs room for thinking: where the caller says nothing, a model that can, does. */
const thinks = ({ input: { reasoning } }: AnalysisRun, info: ModelInfo | undefined): boolean =>
  reasoning === undefined ? info?.capabilities.reasoning.supported === "yes" : reasoning !== false;

/** The model as the server tells of it; what it does not tell is left to the calls. */
async function modelInfo({ client, input, signal }: AnalysisRun): Promise<ModelInfo | undefined> {
  try {
    const knowledge = await client.target.known();
    return (await knowledge.report(input.model ?? client.model, signal)).model;
  } catch (error) {
    if (isInhouseError(error) && ["not-found", "unsupported", "protocol", "forbidden"].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
}
