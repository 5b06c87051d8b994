import { isInhouseError } from "../index.ts";
import { chatCommand } from "./chat-command.ts";
import type { Command, CommandContext } from "./command.ts";
import { deployCommand } from "./deploy-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { exitCodes } from "./exit-codes.ts";
import { modelsCommand } from "./models-command.ts";
import { planCommand } from "./plan-command.ts";
import { quantizeCommand } from "./quantize-command.ts";
import { verifyCommand } from "./verify-command.ts";

const commands: Readonly<Record<string, Command>> = {
  plan: planCommand,
  deploy: deployCommand,
  verify: verifyCommand,
  quantize: quantizeCommand,
  models: modelsCommand,
  chat: chatCommand,
  doctor: doctorCommand,
};

const help = `inhouse COMMAND [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join("\n")}

inhouse COMMAND --help says more, with examples.
`;

/** Runs one command line, the program's name apart. Resolves to the exit code; an error of a command is written and no rejection. */
export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    context.out(help);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    context.problem(`inhouse: there is no command "${name}".\n\n${help}`);
    return exitCodes.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    context.out(command.help);
    return exitCodes.ok;
  }
  try {
    return await command.run(rest, context);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    context.problem(`inhouse ${name}: ${failure.message}\n`);
    return failure.code;
  }
}

/** What is said of an error that a user can do something about; nothing of any other. */
function failureOf(error: unknown): { readonly message: string; readonly code: number } | undefined {
  if (isInhouseError(error)) {
    const { message, hint, code } = error;
    return {
      message: hint === "" ? message : `${message}\n${hint}`,
      code: code === "invalid-request" ? exitCodes.usage : exitCodes.failed,
    };
  }
  // What `parseArgs` throws of an option that is not known, or has no value.
  if (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    return { message: error.message, code: exitCodes.usage };
  }
  return undefined;
}
