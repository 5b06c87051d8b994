/** Fewest letters and digits of a page that counts as text: a stamp or a page's number on a scan has fewer. */
const fewestCharacters = 20;

/** Largest share of characters without a meaning, which a font without a table of characters gives. */
const mostUnknown = 0.3;

/**
 * Whether the text of a page is none worth the name, so that its picture has to be read: it has fewer than 20 letters and digits, or
 * more than 30 % of it are characters that mean nothing. A page with a title alone counts as one, and loses nothing by it.
 */
export function isScan(text: string): boolean {
  const visible = text.match(/\S/gu)?.length ?? 0;
  const unknown = text.match(/[\uFFFD\p{Co}\p{Cn}\0-\x08\x0e-\x1f]/gu)?.length ?? 0;
  const known = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return known < fewestCharacters || unknown > mostUnknown * visible;
}
