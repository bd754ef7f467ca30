import { describe, expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

const SETTINGS = { maxPendingBytes: 1000, maxCommitBytes: 10 };

describe('group commit', () => {
  it.each([
    ['goes on with what waits while it is open', false, 3],
    ['gives up what waits once it closes', true, 1],
  ])('after a failed commit it %s', async (_what, closing, commits) => {
    const failed = Promise.withResolvers<void>();
    let begun = 0;
    const queue = createGroupCommit<string>(() => {
      begun += 1;
      return failed.promise;
    }, SETTINGS);
    const puts = [1, 2, 3].map(() => queue.put(SETTINGS.maxCommitBytes, () => 'row'));
    const outcomes = Promise.allSettled(puts);
    await expect.poll(() => begun).toBe(1);
    const closed = closing ? queue.close() : null;
    failed.reject(new Error('the server is away'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(begun).toBe(commits);
    await closed;
  });
});
