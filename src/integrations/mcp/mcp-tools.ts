import { checkNumber, checkString, checkStrings, wrong } from "../../client/check.ts";
import { tool, type Tool } from "../../client/tools/typed-tool.ts";
import { checkOptions } from "../../core/check-options.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";
import { schemaOf } from "../../core/schema.ts";
import { refuseCostly } from "./checking-cost.ts";
import { listTools, modelNames } from "./list-tools.ts";
import { loadSdk } from "./load-sdk.ts";
import { checkApproval, needsApproval } from "./mcp-approval.ts";
import { mcpConnection } from "./mcp-connection.ts";
import { gone, mcpFailure } from "./mcp-failure.ts";
import { mcpOptionNames, usualLimits, type McpLimits, type McpOptions } from "./mcp-options.ts";
import type { McpProgress, McpToolInfo } from "./mcp-options.ts";
import { mcpOutput } from "./mcp-output.ts";

/** A tool that was left out, and why. */
export interface SkippedTool {
  readonly name: string;
  readonly reason: string;
}

/** A connection to an MCP server, and its tools. */
export interface McpTools {
  /** For `runTools()` and `streamTools()`: those of the last listing. */
  readonly tools: readonly Tool[];
  /** Tools that no model can be given, because of their schemas. */
  readonly skipped: readonly SkippedTool[];
  /** What the server calls itself. */
  readonly server: { readonly name: string; readonly version: string; readonly instructions?: string };
  /** Lists the tools anew, as after `onToolsChanged`; runs that go on keep those that they have. */
  refresh(signal?: AbortSignal): Promise<readonly Tool[]>;
  /** Ends the connection, and the program where there is one. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Connects to an MCP server and makes tools of its tools, for `runTools()`. Needs the package `@modelcontextprotocol/sdk`.
 * Rejects with `invalid-request` for a wrong option, `unsupported` without the package, `connect`, `policy`, `auth`, `timeout`,
 * `reset` or `protocol` where the server cannot be spoken with, `limit` where it has too much to say.
 */
export async function mcpTools(options: McpOptions): Promise<McpTools> {
  checkOptions("mcpTools", options, mcpOptionNames);
  const { server, prefix = "", only, approval = "unless-read-only", onToolsChanged, onProgress, signal } = options;
  if (only) checkStrings("only", only);
  checkString("prefix", prefix);
  const limits = checkedLimits(options.limits);
  checkApproval(approval);
  const sdk = await loadSdk();
  const client = new sdk.Client({ name: "inhouse", version: "0.1.0" });
  if (onToolsChanged) client.setNotificationHandler(sdk.ToolListChangedNotificationSchema, () => onToolsChanged());
  let failure: Error | undefined; // what the connection said: it explains why calls end
  Object.assign(client, {
    onerror: (error: Error) => {
      if (!isInhouseError(failure)) failure = error;
    },
  });
  let connected = false;
  let closing = false;
  function failed(what: string, cause: unknown): InhouseError {
    if (closing) return new InhouseError("closed", `${what}: the connection to the MCP server was closed.`);
    if (!isInhouseError(cause) && isInhouseError(failure)) return failure;
    return mcpFailure(what, connected && !client.transport ? gone(cause) : cause);
  }

  /** Asks within the limit for it; what is asked for is given up when the signal ends. */
  async function within<Value>(what: string, ending: AbortSignal | undefined, ask: (rest: Asking) => Promise<Value>) {
    try {
      return await ask({ timeout: limits.connectMs, ...(ending ? { signal: AbortSignal.any([ending]) } : {}) });
    } catch (cause) {
      if (ending?.aborted) throw new InhouseError("abort", `${what} was aborted.`, { cause: ending.reason });
      throw failed(what, cause);
    }
  }

  await within("The MCP server cannot be connected to", signal, async (rest) => {
    signal?.throwIfAborted();
    await client.connect(await mcpConnection(server, sdk, limits), rest);
    connected = true;
  }).catch(async (error: unknown) => {
    await client.close();
    throw error;
  });

  let tools: readonly Tool[] = [];
  let skipped: readonly SkippedTool[] = [];

  async function refresh(ending?: AbortSignal): Promise<readonly Tool[]> {
    const deadline = AbortSignal.timeout(limits.connectMs);
    const both = ending ? AbortSignal.any([ending, deadline]) : deadline;
    const infos = client.getServerCapabilities()?.tools
      ? await within("The MCP server's tools cannot be listed", ending, (rest) =>
          listTools((cursor) => {
            const params = cursor === undefined ? {} : { cursor };
            return client.request({ method: "tools/list", params }, sdk.ListToolsResultSchema, {
              ...rest,
              signal: AbortSignal.any([both]), // the SDK leaves its listener there
            });
          }, limits),
        )
      : [];
    const wanted = only ? infos.filter(({ name }) => only.includes(name)) : infos;
    const missing = (only ?? []).find((name) => !infos.some((info) => info.name === name));
    if (missing !== undefined) throw wrong("only", `the MCP server has no tool "${missing}"`);
    const names = modelNames(wanted, prefix);
    const made: Tool[] = [];
    const left: SkippedTool[] = [];
    for (const [index, info] of wanted.entries()) {
      try {
        made.push(toolOf(info, names[index] ?? info.name));
      } catch (error) {
        if (!isInhouseError(error)) throw error;
        left.push({ name: info.name, reason: error.message });
      }
    }
    [tools, skipped] = [made, left];
    return tools;
  }

  function toolOf(info: McpToolInfo, name: string): Tool {
    refuseCostly(`${name}.inputSchema`, info.inputSchema);
    if (info.outputSchema) refuseCostly(`${name}.outputSchema`, info.outputSchema);
    const outputSchema = info.outputSchema ? schemaOf(`${name}.outputSchema`, info.outputSchema) : undefined;
    return tool({
      name,
      ...(info.description === undefined ? {} : { description: info.description }),
      parameters: info.inputSchema,
      timeoutMs: limits.callMs,
      needsApproval: (args) => needsApproval(approval, info, args),
      execute: async (args, context) => {
        // What ended the run is the run's own matter: the server is told that it ended.
        const ending = new AbortController();
        const onAbort = (): void => ending.abort("The call was ended.");
        context.signal.addEventListener("abort", onAbort, { once: true });
        try {
          const params = { name: info.name, arguments: args };
          const { toolCallId } = context;
          const rest = {
            signal: ending.signal,
            timeout: limits.callMs + 1_000,
            ...(onProgress ? { onprogress: (told: Progress) => onProgress({ ...told, name, toolCallId }) } : {}),
          };
          const result = await client.request({ method: "tools/call", params }, sdk.CallToolResultSchema, rest);
          return await mcpOutput(result, { name, outputSchema, maxLength: limits.resultLength });
        } catch (cause) {
          throw failed(name, cause);
        } finally {
          context.signal.removeEventListener("abort", onAbort);
        }
      },
    }) as Tool;
  }

  await refresh(signal).catch(async (error: unknown) => {
    await client.close();
    throw error;
  });
  const { name, version } = client.getServerVersion() ?? { name: "", version: "" };
  const instructions = client.getInstructions();
  async function close(): Promise<void> {
    closing = true;
    await client.close();
  }
  return {
    get tools() {
      return tools;
    },
    get skipped() {
      return skipped;
    },
    server: { name, version, ...(instructions === undefined ? {} : { instructions }) },
    refresh,
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Progress = Pick<McpProgress, "progress" | "total" | "message">;

/** What the SDK is asked with. */
interface Asking {
  readonly signal?: AbortSignal;
  readonly timeout: number;
}

function checkedLimits(given: McpLimits = {}): Required<McpLimits> {
  checkOptions("limits", given, usualLimits);
  for (const [name, value] of Object.entries(given)) {
    checkNumber(`limits.${name}`, value, { min: 1, max: 2 ** 31 - 2_000, integer: true });
  }
  return { ...usualLimits, ...given };
}
