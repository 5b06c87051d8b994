/**
 * Extracts from a film what a product can do, and sorts it into a class: by pictures of it where the model sees, by what is
 * said in it where a speech model writes that down, or by both.
 *
 *     npx tsx examples/analyze-video.ts http://127.0.0.1:8080 demo.mp4 http://127.0.0.1:8000
 *
 * The second server is one with a speech model. Without a file it takes a film of six seconds. Needs ffmpeg.
 */
import { connect } from "inhouse";
import { z } from "zod";

import { modelFor, orSayWhatIsMissing, remarkOn, sample, showProgress, showResult } from "./support/analysis-output.ts";

const [url, path = sample("colours.mp4"), speechURL] = process.argv.slice(2);
await using client = await connect(url, { media: { paths: true } });
await using speech = await connect(speechURL ?? url);
const model = await modelFor(client, "image");

const Product = z.object({
  features: z.array(z.string().max(80)).max(5),
  category: z.enum(["software", "household", "industry", "other"]),
});

await orSayWhatIsMissing(
  async () => {
    const result = await client.analyze({
      model: model.id,
      video: { path },
      task: "Extract the features of the product that is shown, and classify it.",
      output: Product,
      maxTokens: 300,
      ...(speechURL === undefined ? {} : { transcriber: speech }),
      onProgress: showProgress,
    });
    console.log(`\n${result.output.category}`);
    for (const feature of result.output.features) console.log(`- ${feature}`);
    showResult(result);
    remarkOn(model);
  },
  "npx tsx scripts/servers/cli.ts start ollama --models vision    # from this repository; its eyes are random",
  "npx tsx scripts/servers/cli.ts start vllm --model speech    # for what is said, as the second address",
  "llama-server -hf ggml-org/Qwen2.5-VL-7B-Instruct-GGUF",
);
