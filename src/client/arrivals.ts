/** What arrives in its own time, in the order of arrival; read by one reader. */
export interface Arrivals<Item> extends AsyncIterable<Item> {
  add(item: Item): void;
  /** Nothing more arrives. */
  readonly close: () => void;
}

/** Makes a place where things arrive. */
export function arrivals<Item>(): Arrivals<Item> {
  const items: Item[] = [];
  let closed = false;
  let wake: () => void = () => undefined;

  async function* read(): AsyncGenerator<Item> {
    for (;;) {
      yield* items.splice(0);
      if (items.length > 0) continue;
      if (closed) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    add(item) {
      items.push(item);
      wake();
    },
    close() {
      closed = true;
      wake();
    },
    [Symbol.asyncIterator]: read,
  };
}
