import { InhouseError } from "../../core/error.ts";
import type { McpLimits, McpToolInfo } from "./mcp-options.ts";

/** Gets a page of a server's tools. */
export type GetPage = (
  cursor: string | undefined,
) => Promise<{ readonly tools: readonly McpToolInfo[]; readonly nextCursor?: string | undefined }>;

/** All tools of a server, page by page. Throws `limit` where they are too many, `protocol` where pages come again. */
export async function listTools(page: GetPage, limits: Required<McpLimits>): Promise<readonly McpToolInfo[]> {
  const all: McpToolInfo[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const { tools, nextCursor } = await page(cursor);
    all.push(...tools);
    // Pages without a tool count as well, or a list of them would have no end.
    if (all.length > limits.tools || seen.size > limits.tools) {
      throw new InhouseError("limit", `The MCP server has more than ${limits.tools} tools.`, {
        hint: "Raise limits.tools; a model chooses badly among so many, so take some by `only`.",
      });
    }
    if (nextCursor === undefined) return all;
    if (seen.has(nextCursor)) throw new InhouseError("protocol", "The MCP server lists its tools in a circle.");
    seen.add(nextCursor);
    cursor = nextCursor;
  }
}

/**
 * The names that models know tools by: letters, digits, `_` and `-`, at most 64. Two that become the same are told apart by a
 * number, in the order of the list.
 */
export function modelNames(tools: readonly McpToolInfo[], prefix: string): readonly string[] {
  const taken = new Set<string>();
  return tools.map(({ name }) => {
    const plain = `${prefix}${name}`.replaceAll(/[^\w-]/g, "_") || "_";
    let own = plain.slice(0, 64);
    for (let number = 2; taken.has(own); number += 1) {
      const ending = `_${number}`;
      own = plain.slice(0, 64 - ending.length) + ending;
    }
    taken.add(own);
    return own;
  });
}
