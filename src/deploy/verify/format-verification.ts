import { textTable } from "../plan/text-table.ts";
import type { Verification } from "./verification.ts";

/** A report for people: each fact as planned and as found, and where that was seen. */
export function formatVerification({ passed, url, at, lines }: Verification): string {
  const rows = lines.map(({ name, verdict, planned = "-", found = "-" }) => [
    verdict,
    name,
    brief(planned),
    brief(found),
  ]);
  const notes = lines.map(({ name, verdict, evidence }) => [`  ${verdict}`, name, evidence]);
  const count = (verdict: string): number => lines.filter((line) => line.verdict === verdict).length;
  const failed = count("fail");
  const sum = `${passed ? "What runs is what was planned" : `${failed} of ${lines.length} checks ${failed === 1 ? "fails" : "fail"}`}: ${count("pass")} pass, ${failed} fail, ${count("unknown")} unknown.`;
  return `${url}, ${at}\n\n${textTable([["", "", "planned", "found"], ...rows])}\n\nEvidence\n${textTable(notes)}\n\n${sum}\n`;
}

/** What stands in a column; the report as JSON has it whole. */
const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 28)} … ${text.slice(-28)}` : text);
