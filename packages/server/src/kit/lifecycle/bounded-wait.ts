/**
 * Settles as `work` does when that comes first; after `timeoutMs` resolves with what `late` returns, or rejects
 * with what it throws. The work itself is not ended: how it ends after that is ignored, a rejection included.
 * No timer is left.
 */
export function within<T, Late>(timeoutMs: number, work: Promise<T>, late: () => Late): Promise<T | Late> {
  return before(work, late, (end) => {
    const timer = setTimeout(end, timeoutMs);
    return () => clearTimeout(timer);
  });
}

/** Like `within`, until the signal aborts; one that is aborted already comes first. No listener is left. */
export function unlessAborted<T, Late>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
  aborted: () => Late,
): Promise<T | Late> {
  return before(work, aborted, (end) => {
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    return () => signal?.removeEventListener('abort', end);
  });
}

function before<T, Late>(
  work: Promise<T>,
  instead: () => Late,
  watch: (end: () => void) => () => void,
): Promise<T | Late> {
  return new Promise((resolve, reject) => {
    const stopWatching = watch(() => resolve(Promise.resolve().then(instead)));
    work.then(
      (result) => {
        stopWatching();
        resolve(result);
      },
      (error) => {
        stopWatching();
        reject(error);
      },
    );
  });
}
