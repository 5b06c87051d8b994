/** Bytes as people read them: `18.4 GiB`, `512 MiB`. */
export function bytesText(bytes: number): string {
  const gibibytes = bytes / 1_073_741_824;
  if (gibibytes < 1) return `${Math.round(bytes / 1_048_576).toLocaleString("en")} MiB`;
  return `${gibibytes.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} GiB`;
}

/** A count with its thousands apart: `32,768`. */
export const countText = (count: number): string => Math.round(count).toLocaleString("en");

/** Parameters: `8.5 B`. */
export const parametersText = (count: number): string => `${(count / 1e9).toFixed(1)} B`;

/** A rate to two digits that mean something: `29 tokens/s`, `2,400 tokens/s`. */
export function rateText(perSecond: number): string {
  const digits = perSecond >= 10 ? 2 : 1;
  return `${Number(perSecond.toPrecision(digits)).toLocaleString("en")} tokens/s`;
}

/** An argument as a POSIX shell takes it. */
export const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
