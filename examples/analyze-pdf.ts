/**
 * Summarises a PDF and extracts its key points, page by page where it does not fit into the model's window.
 *
 *     npx tsx examples/analyze-pdf.ts http://127.0.0.1:8080 report.pdf
 *
 * Without a file it takes the manual of a pump; without an address it looks at the usual ones.
 */
import { connect } from "inhouse";

import { modelFor, orSayWhatIsMissing, remarkOn, sample, showProgress, showResult } from "./support/analysis-output.ts";

const [url, path = sample("manual.pdf")] = process.argv.slice(2);
await using client = await connect(url, { media: { paths: true } });
const model = await modelFor(client);

const asked = { model: model.id, file: { path }, task: "Summarise it and extract the key points.", maxTokens: 120 };
await orSayWhatIsMissing(async () => {
  const plan = await client.planAnalysis(asked);
  console.log(`${plan.summary}\n`);
  const result = await client.analyze({ ...asked, onProgress: showProgress });
  console.log(`\n${result.text.trim()}`);
  showResult(result);
  remarkOn(model);
}, "llama-server -hf ggml-org/Qwen2.5-VL-7B-Instruct-GGUF    # reads scans, too");
