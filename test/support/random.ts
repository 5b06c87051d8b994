/** Random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 up to, and without, `below`. */
  int(below: number): number;
  /** One of these. */
  pick<Item>(items: readonly Item[]): Item;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** A source of its own, for something that goes on beside. */
  fork(): Random;
}

/** Mulberry32: small, quick, and good enough to wander about. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    pick: (items) => items[int(items.length)] as (typeof items)[number],
    chance: (probability) => next() < probability,
    fork: () => random(int(4_294_967_296)),
  };
}
