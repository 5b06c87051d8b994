/**
 * Writes down what is said in a meeting, and extracts who is to do what until when.
 *
 *     npx tsx examples/analyze-meeting.ts http://127.0.0.1:8080 meeting.mp3 http://127.0.0.1:8000
 *
 * The first server answers, the second one writes the speech down; one address does where one server does both. Without a
 * file it takes a planning meeting of a minute.
 */
import { connect } from "inhouse";
import { z } from "zod";

import { modelFor, orSayWhatIsMissing, remarkOn, sample, showProgress, showResult } from "./support/analysis-output.ts";

const [url, path = sample("spoken-meeting.ogg"), speechURL] = process.argv.slice(2);
await using client = await connect(url, { media: { paths: true } });
await using transcriber = await connect(speechURL ?? url);
const model = await modelFor(client);

const Meeting = z.object({
  summary: z.string().max(300),
  actions: z.array(z.object({ who: z.string().max(40), what: z.string().max(120), when: z.string().max(40) })).max(4),
});

await orSayWhatIsMissing(
  async () => {
    const result = await client.analyze({
      model: model.id,
      audio: { path },
      task: "Summarise the meeting, and extract the action items: who does what until when.",
      output: Meeting,
      maxTokens: 400,
      ...(speechURL === undefined ? {} : { transcriber }),
      onProgress: showProgress,
    });
    console.log(`\n${result.transcript?.text}\n`);
    console.log(result.output.summary);
    for (const { who, what, when } of result.output.actions) console.log(`- ${who}: ${what} (${when})`);
    showResult(result);
    remarkOn(model);
  },
  "npx tsx scripts/servers/cli.ts start vllm --model speech    # Whisper base, from this repository",
  "vllm serve openai/whisper-large-v3-turbo",
);
