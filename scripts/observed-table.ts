import { contractCases } from "../src/testing/index.ts";
import { readObserved } from "./recording/observed.ts";

/** What the contract saw on each server, a row for each case in which not all did what its name says, and no more. */
export function observedTable(): string {
  const columns = readObserved().flatMap(({ server, version, through }) =>
    Object.entries(through).map(([provider, outcomes]) => ({ title: `${server} ${version}, ${provider}`, outcomes })),
  );
  const rows = contractCases.map(({ name }) => ({
    name,
    cells: columns.map(({ outcomes }) => outcomes[name]).map((outcome) => (wasShown(outcome) ? outcome : "–")),
  }));
  const alike = rows.filter(({ cells }) => cells.every((cell) => cell === "yes" || cell === "–"));
  return [
    `| | ${columns.map(({ title }) => title).join(" | ")} |`,
    `| --- | ${columns.map(() => "---").join(" | ")} |`,
    ...rows.filter((row) => !alike.includes(row)).map(({ name, cells }) => `| ${name} | ${cells.join(" | ")} |`),
    "",
    `Everywhere "yes", where it was tried: ${alike.map(({ name }) => name).join("; ")}.`,
  ].join("\n");
}

const wasShown = (outcome: string | undefined): outcome is string => outcome?.startsWith("not shown") === false;
