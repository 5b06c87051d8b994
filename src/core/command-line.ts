/** The value of an option in a list of arguments, as `--name value` or `--name=value`; of several the last. */
export function optionOf(command: readonly string[], name: string): string | undefined {
  const place = command.findLastIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  const argument = command[place];
  if (argument === undefined) return undefined;
  return argument === name ? command[place + 1] : argument.slice(name.length + 1);
}

/** The same arguments with another value of an option, which comes last where it was not there. */
export function withOption(command: readonly string[], name: string, value: string): readonly string[] {
  const place = command.findLastIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (place < 0) return [...command, name, value];
  const isOneWord = command[place] !== name;
  return command.toSpliced(place, isOneWord ? 1 : 2, name, value);
}

/** Whether an option stands in a list of arguments, with or without a value. */
export function hasOption(command: readonly string[], name: string): boolean {
  return command.some((argument) => argument === name || argument.startsWith(`${name}=`));
}
