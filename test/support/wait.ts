/** Waits for a condition with a deadline; no test sleeps. */

const lookEveryMs = 10;

/** @throws what `isMet` throws, or an error if it was not met in time */
export async function waitFor(what: string, isMet: () => boolean | Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    if (await isMet()) return;
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, lookEveryMs);
  });
}
