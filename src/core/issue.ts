/** One way in which a value does not fit its schema. */
export interface Issue {
  /** Where in the value: keys and indices from its top, which is the empty path. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Most issues that are written out, so that a message stays one that a person, or a model, reads. */
const maxShown = 10;

/** Issues in one line: `days[0].city: expected a string; units: …`. */
export function formatIssues(issues: readonly Issue[]): string {
  const shown = issues.slice(0, maxShown).map(({ path, message }) => {
    const place = formatPath(path);
    return place === "" ? message : `${place}: ${message}`;
  });
  const more = issues.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

/** A path as it is written in JavaScript: `days[0].city`. */
export function formatPath(path: Issue["path"]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}
