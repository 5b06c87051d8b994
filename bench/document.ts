import { tokensOf } from "./answer.ts";

const deltaLength = 3;

/** A JSON text in pieces of three characters, as a model with a small vocabulary writes one. */
export function documentPieces(count: number): readonly string[] {
  const text = documentText(count);
  return Array.from({ length: count }, (_, index) => text.slice(index * deltaLength, (index + 1) * deltaLength));
}

/** The JSON text that `count` pieces make: records of the usual kinds of values, and a string that fills the rest. */
export function documentText(count: number): string {
  const words = tokensOf(400).map((word) => word.replace("🙂", "-")); // an emoji would be cut into two halves
  const items: object[] = [];
  const textOf = (rest: string): string => JSON.stringify({ items, rest });
  for (let id = 0; ; id += 1) {
    const item = {
      id,
      title: words.slice(id % 390, (id % 390) + 6).join(""),
      price: id * 1.25,
      inStock: id % 3 === 0,
      supplier: id % 5 === 0 ? null : { name: words[id % 400], city: "東京" },
      tags: ["größer", "in-house"],
    };
    if (textOf("").length + JSON.stringify(item).length + 1 > count * deltaLength) break;
    items.push(item);
  }
  return textOf("x".repeat(count * deltaLength - textOf("").length));
}
