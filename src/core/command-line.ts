/**
 * The value of an option in a list of arguments, as `--name value` or `--name=value`, under any of its names; of several the
 * last. Empty for an option that has none, because the next one follows.
 */
export function optionOf(command: readonly string[], ...names: readonly string[]): string | undefined {
  const isNamed = (argument: string): boolean =>
    names.some((name) => argument === name || argument.startsWith(`${name}=`));
  const place = command.findLastIndex(isNamed);
  const argument = command[place];
  if (argument === undefined) return undefined;
  if (!names.includes(argument)) return argument.slice(argument.indexOf("=") + 1);
  const next = command[place + 1] ?? "";
  return /^-[a-zA-Z-]/.test(next) ? "" : next;
}

/** The same arguments with another value of an option, which comes last where it was not there. */
export function withOption(command: readonly string[], name: string, value: string): readonly string[] {
  const place = command.findLastIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (place < 0) return [...command, name, value];
  const isOneWord = command[place] !== name;
  return command.toSpliced(place, isOneWord ? 1 : 2, name, value);
}

/** A word as a POSIX shell takes it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Whether an option stands in a list of arguments, with or without a value. */
export function hasOption(command: readonly string[], name: string): boolean {
  return command.some((argument) => argument === name || argument.startsWith(`${name}=`));
}
