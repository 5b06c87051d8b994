/** What was used within the last sixty seconds, counted by the second, so that it never grows. */
export interface MinuteWindow {
  add(amount: number): void;
  /** What was used. */
  used(): number;
  /** In how many milliseconds less than that is used, if nothing is added; 0 where it is so now. */
  msUntilBelow(limit: number): number;
}

/** Nothing used yet. `now` tells milliseconds that only grow. */
export function minuteWindow(now: () => number): MinuteWindow {
  const seconds = new Map<number, number>(); // in the order of time

  function forget(): void {
    const oldest = Math.floor(now() / 1_000) - 60;
    for (const second of seconds.keys()) {
      if (second > oldest) return;
      seconds.delete(second);
    }
  }

  function used(): number {
    forget();
    let sum = 0;
    for (const amount of seconds.values()) sum += amount;
    return sum;
  }

  return {
    used,
    add(amount) {
      const second = Math.floor(now() / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + amount);
    },
    msUntilBelow(limit) {
      let left = used();
      if (left < limit) return 0;
      for (const [second, amount] of seconds) {
        left -= amount;
        if (left < limit) return Math.max(1, (second + 61) * 1_000 - now());
      }
      return 60_000;
    },
  };
}
