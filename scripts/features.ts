/**
 * Asks real servers what of JSON Schema they enforce, without this library between: a model is told to write what a
 * keyword forbids. Notes it in test/fixtures/schema-features.json, of which `npm run docs` makes a table.
 *
 *     npm run features                    all servers
 *     npm run features -- ollama          one of them
 */
import { featureOutcome, type FeatureOutcome } from "./features/feature-outcome.ts";
import { type FeatureServer, featureServers } from "./features/feature-servers.ts";
import { writeFeatures } from "./features/observed-features.ts";
import { schemaFeatures } from "./features/schema-features.ts";

const wanted = process.argv.slice(2);

for (const server of featureServers) {
  if (wanted.length === 0 || wanted.includes(server.name)) await observe(server);
}

async function observe({ name, title, start, ask }: FeatureServer): Promise<void> {
  const server = await start();
  try {
    const outcomes: Record<string, FeatureOutcome> = {};
    for (const feature of schemaFeatures) {
      outcomes[feature.name] = await featureOutcome(feature, ask(server));
      console.log(`${name}: ${feature.name}: ${outcomes[feature.name]}`);
    }
    writeFeatures(name, { server: title, version: server.version, outcomes });
  } finally {
    await server.stop();
  }
}
