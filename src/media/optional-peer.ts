import { InhouseError } from "../core/error.ts";

/**
 * Loads a package that only some programs need. Where it is not installed it throws `unsupported`, whose hint is the
 * command that installs it; an error of the package itself is passed on.
 */
export async function optionalPeer<T>(load: () => Promise<T>, purpose: string, install: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const packages = install.replaceAll(/(?<=\w)@[\d.]+/g, "").replaceAll(" ", " and ");
    throw missingPeer(`${purpose} needs ${packages}, which is not installed.`, install, cause);
  }
}

/** The error of a package that is not there. */
export function missingPeer(message: string, install: string, cause: unknown): InhouseError {
  return new InhouseError("unsupported", message, { hint: `npm install ${install}`, cause });
}

/** Whether an import or a `resolve` failed because the package is not there. */
export function isMissing(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}
