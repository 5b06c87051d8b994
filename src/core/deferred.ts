/**
 * An iterable that is known only after some work: `prepare` runs at the first read, and from then on reads go straight to
 * what it gave. A layer that has something to do only at the beginning of a reply costs nothing per batch this way.
 */
export function deferred<Item>(prepare: () => Promise<AsyncIterable<Item>>): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      let source: AsyncIterator<Item> | undefined;
      let left = false;
      async function first(): Promise<IteratorResult<Item>> {
        const iterable = await prepare();
        if (left) return { done: true, value: undefined };
        source = iterable[Symbol.asyncIterator]();
        return source.next();
      }
      return {
        next: () => (source ? source.next() : first()),
        async return() {
          left = true;
          await source?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
