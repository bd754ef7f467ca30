/**
 * Resolves as Promise.all, and rejects with what failed first, but never before all are settled: nothing of a failed
 * batch is under way when its transaction ends, or the next one begins.
 */
export async function allDone<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(work);
  await Promise.allSettled([all, ...work]);
  return all;
}
