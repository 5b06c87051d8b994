import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  interactiveTurns,
  waitingLine,
  type Spot,
  type WaitingLine,
} from "../../../src/client/patience/waiting-line.ts";
import type { Priority } from "../../../src/core/priority.ts";

interface Entry {
  readonly number: number;
  readonly priority: Priority;
}

const step = fc.oneof(
  fc.constantFrom("interactive", "batch", "take").map((what) => ({ what, at: 0 })),
  fc.nat(50).map((at) => ({ what: "leave", at })),
);

/** Takes everybody out. */
function drained(line: WaitingLine<Entry>): readonly Entry[] {
  const order: Entry[] = [];
  for (let entry = line.take(); entry; entry = line.take()) order.push(entry);
  return order;
}

describe("a line of waiting calls, whatever comes and goes", () => {
  test("loses nobody, serves nobody twice, and keeps the order within a priority", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const line = waitingLine<Entry>();
        const spots: Spot<Entry>[] = [];
        const gone = new Set<number>();
        const served: Entry[] = [];
        for (const { what, at } of steps) {
          const spot = spots[at];
          if (what === "interactive" || what === "batch") {
            spots.push(line.add(what, { number: spots.length, priority: what }));
          } else if (what === "take") {
            const entry = line.take();
            if (entry) served.push(entry);
          } else if (spot) {
            const waits = !gone.has(at) && !served.some(({ number }) => number === at);
            expect(line.remove(spot)).toBe(waits);
            if (waits) gone.add(at);
          }
          expect(line.size()).toBe(spots.length - gone.size - served.length);
        }
        served.push(...drained(line));
        const numbers = (priority: Priority) => served.filter((entry) => entry.priority === priority);
        for (const priority of ["interactive", "batch"] as const) {
          expect(numbers(priority)).toEqual(numbers(priority).toSorted((a, b) => a.number - b.number));
        }
        const everybody = spots.map((_, number) => number).filter((number) => !gone.has(number));
        expect(served.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(everybody);
      }),
    );
  });

  test("tells everybody the turn that they get if nobody else comes", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("interactive", "batch", "take"), { maxLength: 100 }), (steps) => {
        const line = waitingLine<Entry>();
        const atEntry = new Map<number, number>();
        for (const [number, what] of steps.entries()) {
          if (what === "take") {
            line.take();
          } else {
            const told = line.positionAtEnd(what);
            line.add(what, { number, priority: what });
            atEntry.set(number, told);
            expect(new Map([...line.positions()].map(([entry, turn]) => [entry.number, turn])).get(number)).toBe(told);
          }
        }
        const turns = [...line.positions()].toSorted(([, a], [, b]) => a - b);
        expect(turns.map(([, turn]) => turn)).toEqual(turns.map((_, index) => index + 1));
        expect(turns.map(([entry]) => entry)).toEqual(drained(line));
      }),
    );
  });
});

test("of five turns the batch gets one while both wait, and neither waits for ever", () => {
  const line = waitingLine<Entry>();
  for (let number = 0; number < 20; number += 1) {
    line.add("interactive", { number, priority: "interactive" });
    line.add("batch", { number, priority: "batch" });
  }
  const order = drained(line).map(({ priority }) => priority);
  for (let at = 0; at < 25; at += interactiveTurns + 1) {
    expect(order.slice(at, at + 5)).toEqual([...Array(interactiveTurns).fill("interactive"), "batch"]);
  }
  expect(order.slice(25)).toEqual(Array(15).fill("batch"));
});
