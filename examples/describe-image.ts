/**
 * Says what is in a picture.
 *
 *     npx tsx examples/describe-image.ts http://127.0.0.1:11434 photo.jpg
 *
 * Without a file it takes a picture of four colours. Needs a server whose model sees.
 */
import { connect } from "inhouse";

import { modelFor, orSayWhatIsMissing, remarkOn, sample, showResult } from "./support/analysis-output.ts";

const [url, path = sample("corners.png")] = process.argv.slice(2);
await using client = await connect(url, { media: { paths: true } });
const model = await modelFor(client, "image");

await orSayWhatIsMissing(
  async () => {
    const result = await client.analyze({
      model: model.id,
      image: { path },
      task: "Describe the picture in two sentences.",
      maxTokens: 120,
    });
    console.log(result.text.trim());
    showResult(result);
    remarkOn(model);
  },
  "npx tsx scripts/servers/cli.ts start ollama --models vision    # from this repository; its eyes are random",
  "llama-server -hf ggml-org/gemma-3-4b-it-GGUF",
);
