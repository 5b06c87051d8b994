import type { CatalogueModel } from "./catalogue-model.ts";
import { mistralModels } from "./mistral-models.ts";

/** The models that `plan` knows by name. Any other is planned by its files. */
export const modelCatalogue: readonly CatalogueModel[] = mistralModels;

/** The model of a name, one of its aliases, or a repository of it; case and separators do not matter. */
export function modelNamed(name: string): CatalogueModel | undefined {
  const wanted = plain(name);
  return modelCatalogue.find((model) => namesOf(model).some((known) => plain(known) === wanted));
}

const namesOf = ({ name, aliases, title, checkpoints, gguf }: CatalogueModel): readonly string[] => [
  name,
  title,
  ...aliases,
  ...checkpoints.flatMap(({ repository }) => [repository, repository.replace(/^.*\//, "")]),
  ...(gguf ? [gguf.repository, gguf.repository.replace(/^.*\//, "")] : []),
];

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_]+/g, "-");
