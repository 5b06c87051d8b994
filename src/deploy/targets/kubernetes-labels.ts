/** The part that a pod plays. */
export type Component = "server" | "download" | "models";

/** What selects the pods of a component. */
export const componentLabels = (name: string, component: Component): Readonly<Record<string, string>> => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/component": component,
});

/** What every object carries. */
export const labelsOf = (name: string, component: Component): Readonly<Record<string, string>> => ({
  ...componentLabels(name, component),
  "app.kubernetes.io/managed-by": "inhouse",
});
