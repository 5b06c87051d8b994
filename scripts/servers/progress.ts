export type Progress = (message: string) => void;

const SECONDS_BETWEEN_LINES = 5;

/**
 * Reports the message at once, and again with the elapsed seconds for as long as the work goes on. The work may say
 * how far it is.
 */
export async function withProgress<T>(
  onProgress: Progress | undefined,
  message: string,
  work: (sayHowFar: (state: string) => void) => Promise<T>,
): Promise<T> {
  onProgress?.(message);
  const started = performance.now();
  let howFar = "";
  const ticking = setInterval(() => {
    onProgress?.(`${message}: ${Math.round((performance.now() - started) / 1000)} s so far${howFar}`);
  }, SECONDS_BETWEEN_LINES * 1000);
  try {
    return await work((state) => (howFar = `, ${state}`));
  } finally {
    clearInterval(ticking);
  }
}
