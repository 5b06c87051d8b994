/**
 * Writes the parts of docs/ that are made from the code: the table of errors and the table of
 * capabilities; and, from test/fixtures, the table of what the real servers did.
 *
 *     npm run docs
 */
import { writeFileSync } from "node:fs";

import { generatedPages } from "./docs-pages.ts";

for (const { url, text } of generatedPages()) writeFileSync(url, text);
