/**
 * A server's words, fit for a message or a log: control characters and bidirectional marks are blanked, white space is
 * folded, `secrets` are masked, and what is over `maxLength` is cut.
 */
export function cleanText(text: string, maxLength: number, secrets: readonly string[] = []): string {
  const masked = secrets.reduce((words, secret) => words.replaceAll(secret, "***"), text);
  const clean = masked
    .slice(0, maxLength * 4)
    .replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
