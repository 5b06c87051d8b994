export function isFileError(error: unknown, code: "ENOENT" | "EEXIST"): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
