/** Writes the next event; `false` after the last one. */
type Step = () => boolean;

/** Each stream has one turn in as many ticks of a millisecond as there are slots: 50 tokens a second. */
const slotCount = 20;
const slots: Set<Step>[] = Array.from({ length: slotCount }, () => new Set());
let joined = 0;
let turning = false;
let tick = 0;

/** Gives a stream its turns, in the slot after that of the last one that joined. */
export function joinTimerWheel(step: Step): void {
  slots[joined % slotCount]?.add(step);
  joined += 1;
  if (turning) return;
  turning = true;
  tick = Math.floor(performance.now());
  setTimeout(turn, 1);
}

function turn(): void {
  const now = Math.floor(performance.now());
  for (; tick < now; tick += 1) {
    const slot = slots[tick % slotCount];
    for (const step of slot ?? []) if (!step()) slot?.delete(step);
  }
  turning = slots.some(({ size }) => size > 0);
  if (turning) setTimeout(turn, 1);
}
