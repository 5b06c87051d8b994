/**
 * A fixed piece of work without allocation: how long it takes says how fast the core is just now, which its neighbours
 * change by half within seconds. It reads no memory and stays within 32 bits, so that it is compiled to the same code in
 * every process; four chains keep the core as busy as real work does.
 */
const rounds = 35_000;

/** What the probe takes on a quiet machine; figures are scaled to that speed. */
export const quietProbeUs = 150;

let seed = 1;

/** Runs the probe once; how long it took, in microseconds. */
export function probe(): number {
  const startedAt = performance.now();
  seed = spin(seed);
  return (performance.now() - startedAt) * 1_000;
}

/** Has the probe compiled before the first region that counts. */
export function warmUpProbe(): void {
  for (let index = 0; index < 1_000; index += 1) probe();
}

function spin(start: number): number {
  let a = start;
  let b = 2;
  let c = 3;
  let d = 5;
  let sum = 0;
  for (let round = 0; round < rounds; round += 1) {
    a ^= a << 13;
    a ^= a >>> 17;
    a ^= a << 5;
    b ^= b << 13;
    b ^= b >>> 17;
    b ^= b << 5;
    c ^= c << 13;
    c ^= c >>> 17;
    c ^= c << 5;
    d ^= d << 13;
    d ^= d >>> 17;
    d ^= d << 5;
    if ((a & 96) === 0) sum = (sum + (b ^ c ^ d)) | 0;
  }
  return (sum & 0xffff) | 1;
}
