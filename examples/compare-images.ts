/**
 * Says what two pictures have in common, and what not.
 *
 *     npx tsx examples/compare-images.ts http://127.0.0.1:11434 before.jpg after.jpg
 *
 * Without files it takes two that are here. Needs a server whose model sees.
 */
import { connect } from "inhouse";
import { z } from "zod";

import { modelFor, orSayWhatIsMissing, remarkOn, sample, showResult } from "./support/analysis-output.ts";

const [url, before = sample("corners.png"), after = sample("drawing.png")] = process.argv.slice(2);
await using client = await connect(url, { media: { paths: true } });
const model = await modelFor(client, "image");

const Comparison = z.object({
  same: z.array(z.string().max(100)).max(3),
  different: z.array(z.string().max(100)).max(3),
});

await orSayWhatIsMissing(
  async () => {
    const result = await client.analyze({
      model: model.id,
      parts: [
        { type: "image", path: before },
        { type: "image", path: after },
      ],
      task: "Compare the two pictures.",
      output: Comparison,
      maxTokens: 300,
    });
    console.log(`same:      ${result.output.same.join("; ")}\ndifferent: ${result.output.different.join("; ")}`);
    showResult(result);
    remarkOn(model);
  },
  "npx tsx scripts/servers/cli.ts start ollama --models vision    # from this repository; its eyes are random",
  "llama-server -hf ggml-org/gemma-3-4b-it-GGUF",
);
