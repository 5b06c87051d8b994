import type { Priority } from "../../core/priority.ts";

/** How many interactive calls may go before one of the batch, while both wait. */
export const interactiveTurns = 4;

/** A place in the line, by which to leave it. */
export interface Spot<Item> {
  readonly item: Item;
  readonly priority: Priority;
}

/**
 * Those who wait, in their order: first come, first served within a priority; while both priorities wait, every fifth
 * turn is the batch's, so that neither waits for ever. Everything but `positions` takes constant time.
 */
export interface WaitingLine<Item> {
  size(): number;
  add(priority: Priority, item: Item): Spot<Item>;
  /** Takes out the one whose turn it is. */
  take(): Item | undefined;
  /** Takes one out wherever it stands; false where it has gone already. */
  remove(spot: Spot<Item>): boolean;
  /** The turn that a spot at the end of the line would have; the next one is 1. */
  positionAtEnd(priority: Priority): number;
  /** Everybody with the turn they would have if nobody else came; the next one is 1. */
  positions(): IterableIterator<readonly [item: Item, position: number]>;
}

/** A spot with its neighbours; a list is a ring around a spot without an item. */
interface Link<Item> {
  before: Link<Item>;
  after: Link<Item>;
  spot: Spot<Item> | undefined;
}

interface List<Item> {
  readonly ring: Link<Item>;
  size: number;
}

/** An empty line. */
export function waitingLine<Item>(): WaitingLine<Item> {
  const lists: Readonly<Record<Priority, List<Item>>> = { interactive: emptyList(), batch: emptyList() };
  const { interactive, batch } = lists;
  const links = new WeakMap<Spot<Item>, Link<Item>>();
  let inARow = 0; // interactive turns since the batch had one, while it waited

  function unlink(link: Link<Item>, spot: Spot<Item>): void {
    link.before.after = link.after;
    link.after.before = link.before;
    link.spot = undefined;
    links.delete(spot);
    lists[spot.priority].size -= 1;
  }

  /** The turn of the one with this index among those of its priority. */
  function position(priority: Priority, index: number): number {
    const others =
      priority === "interactive"
        ? Math.min(batch.size, Math.floor((inARow + index) / interactiveTurns))
        : Math.min(interactive.size, interactiveTurns - inARow + interactiveTurns * index);
    return others + index + 1;
  }

  return {
    size: () => interactive.size + batch.size,
    add(priority, item) {
      const { ring } = lists[priority];
      const spot = { item, priority };
      const link: Link<Item> = { before: ring.before, after: ring, spot };
      ring.before.after = link;
      ring.before = link;
      links.set(spot, link);
      lists[priority].size += 1;
      return spot;
    },
    take() {
      const batchTurn = batch.size > 0 && (interactive.size === 0 || inARow >= interactiveTurns);
      inARow = batchTurn || batch.size === 0 ? 0 : inARow + 1;
      const link = (batchTurn ? batch : interactive).ring.after;
      const { spot } = link;
      if (spot) unlink(link, spot);
      return spot?.item;
    },
    remove(spot) {
      const link = links.get(spot);
      if (link) unlink(link, spot);
      return link !== undefined;
    },
    positionAtEnd: (priority) => position(priority, lists[priority].size),
    *positions() {
      for (const { ring } of [interactive, batch]) {
        let index = 0;
        for (let { after } = ring; after.spot; { after } = after) {
          yield [after.spot.item, position(after.spot.priority, index)];
          index += 1;
        }
      }
    },
  };
}

function emptyList<Item>(): List<Item> {
  const ring = { spot: undefined } as Link<Item>;
  ring.before = ring;
  ring.after = ring;
  return { ring, size: 0 };
}
