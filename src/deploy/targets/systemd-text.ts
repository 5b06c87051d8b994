/** `%` begins a specifier everywhere in a unit. */
export const specifiers = (text: string): string => text.replaceAll("%", "%%");

/** A word in quotes, with the escapes of C that systemd reads. */
export const settingText = (text: string): string =>
  `"${specifiers(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(
      /[\u0001-\u001f\u007f]/g,
      (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
    )}"`;

/** A word of a command line, where `$` begins a variable too. */
export const argumentText = (text: string): string => {
  const escaped = settingText(text.replace(/\$(?!MAINPID\b)/g, "$$$$"));
  return /^"[\w@+=:,./-]+"$/.test(escaped) ? escaped.slice(1, -1) : escaped;
};
