import { fileURLToPath } from "node:url";

import {
  isInhouseError,
  type AnalysisProgress,
  type AnalysisResult,
  type AnalysisSource,
  type ConnectedClient,
  type ModelInfo,
} from "inhouse";

/** The path of a file that comes with the examples. */
export const sample = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

/** The model to ask: the first that chats, of those that can do what is needed, if there are some. */
export async function modelFor(client: ConnectedClient, needed?: "image"): Promise<ModelInfo> {
  const chatting = client.server.models.filter(({ capabilities }) => capabilities.chat.supported !== "no");
  const able = needed && chatting.find(({ capabilities }) => capabilities[needed].supported !== "no");
  const model = able ?? chatting[0];
  if (!model) throw new Error("This server has no model that chats.");
  return (await client.capabilities(model.id)).model;
}

/** A line for each step that is done. */
export function showProgress({ stage, done, total = done, source }: AnalysisProgress): void {
  const of = stage === "transcribe" ? `${timeOf(done)} of ${timeOf(total)}` : `${done} of ${total}`;
  console.log(`  ${stage} ${of}${source ? `: ${placeOf(source)}` : ""}`);
}

/** The answer's places, what was left out, and what there is to know of it. */
export function showResult({ sources, cited, usage, calls, timings, warnings }: AnalysisResult): void {
  console.log(`\nRests on: ${sources.map(placeOf).join(", ")}`);
  if (cited.length > 0) console.log(`Names: ${cited.map(placeOf).join(", ")}`);
  for (const { message } of warnings) console.log(`Note: ${message}`);
  const tokens = usage ? `, ${usage.inputTokens} tokens read, ${usage.outputTokens} written` : "";
  console.log(`${calls} calls${tokens}, ${(timings.totalMs / 1000).toFixed(1)} s`);
}

/** What to think of an answer of this model. */
export function remarkOn({ id, parameterCount, capabilities }: ModelInfo): void {
  if (parameterCount === undefined || parameterCount >= 1e9) return;
  const size = `${(parameterCount / 1e6).toFixed(0)} million parameters`;
  console.log(`${id} has ${size}: it shows how an analysis goes, and its words are not to be trusted.`);
  if (capabilities.image.supported !== "no")
    console.log("If it is a model that this project makes for its tests, its eyes are random: the answer is noise.");
}

/** Does the work; where the server lacks what it needs, says so and which server to start. */
export async function orSayWhatIsMissing(work: () => Promise<void>, ...commands: readonly string[]): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "unsupported") throw error;
    console.log(`${error.message}\n${error.hint}\n\nStart one of these, and run this again with its address:`);
    for (const command of commands) console.log(`  ${command}`);
  }
}

function placeOf(source: AnalysisSource): string {
  if ("page" in source) return `page ${source.page}`;
  if ("fromMs" in source) return `${timeOf(source.fromMs)}–${timeOf(source.toMs)}`;
  return "fromLine" in source ? `lines ${source.fromLine}–${source.toLine}` : `picture ${source.part}`;
}

function timeOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
