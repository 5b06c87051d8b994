import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Titles of the servers that the project is about; the others have a project of their own. */
    served: readonly string[];
  }
}

/** Of rows that begin with a server's title, those that the project of this test is about. */
export function servedHere<Row extends readonly [title: string, ...rest: unknown[]]>(
  rows: readonly Row[],
): readonly Row[] {
  return rows.filter(([title]) => inject("served").includes(title));
}
