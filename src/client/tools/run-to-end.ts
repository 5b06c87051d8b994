/** What a generator returns, once all that it yields was passed over. */
export async function runToEnd<Result>(run: AsyncGenerator<unknown, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}
