import { lowerSchema } from "../src/core/lower-schema.ts";
import { featureServers } from "./features/feature-servers.ts";
import { readFeatures } from "./features/observed-features.ts";
import { type SchemaFeature, schemaFeatures, schemaWith } from "./features/schema-features.ts";

/** What each server did with each feature as it is, and what becomes of it here. */
export function featureTable(): string {
  const observed = readFeatures();
  const columns = featureServers.filter(({ name }) => observed[name]);
  const rows = schemaFeatures.map((feature) => {
    const cells = columns.map(({ name, support }) => {
      const outcome = observed[name]?.outcomes[feature.name] ?? "not tried";
      return outcome === "enforced" && !isRelaxed(feature, support) ? outcome : `${outcome}; ${here(feature, support)}`;
    });
    return `| ${feature.name} | ${cells.join(" | ")} |`;
  });
  return [
    `| | ${columns.map(({ name }) => `${observed[name]?.server} ${observed[name]?.version}`).join(" | ")} |`,
    `| --- | ${columns.map(() => "---").join(" | ")} |`,
    ...rows,
  ].join("\n");
}

type Support = (typeof featureServers)[number]["support"];

const relaxationsOf = ({ schema, root }: SchemaFeature, support: Support) =>
  lowerSchema("feature", schemaWith(schema, root), support).relaxations;

const isRelaxed = (feature: SchemaFeature, support: Support): boolean =>
  relaxationsOf(feature, support).some(({ keyword }) => feature.name.includes(keyword));

/** Whether the caller is told of a loss, or the schema says the same in other words. */
const here = (feature: SchemaFeature, support: Support): string =>
  isRelaxed(feature, support) ? "relaxed here" : "held here";
