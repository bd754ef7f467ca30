import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { isDuplicateKey } from '../connect.ts';

interface LockDocument {
  readonly _id: string;
  readonly by: string;
  readonly until: number;
}

/** Far longer than what is done under one takes, and no long wait after a crash. */
const HELD_MS = 10_000;
/** Who waits for longer says so: somebody holds it again and again. */
const WAITED_MS = 15_000;
const PAUSE_MS = 10; // Some round trips to a server.

/**
 * Runs `work` while no other process runs one of the same name: several commands in a row, where their conditions cannot be
 * those of one document. A lock that a killed process left is over after ten seconds. Rejects with `unavailable`.
 */
export async function withLock<T>(db: Db, name: string, work: () => Promise<T>): Promise<T> {
  const locks = db.collection<LockDocument>('alert_locks');
  const by = randomUUID();
  const end = Date.now() + WAITED_MS;
  while (!(await take())) {
    if (Date.now() > end) throw new DeltaStreamError('unavailable', `${name}: others are at it`);
    await sleep(PAUSE_MS * (1 + Math.random()));
  }
  try {
    return await work();
  } finally {
    await locks.deleteOne({ _id: name, by });
  }

  async function take(): Promise<boolean> {
    const now = Date.now();
    const lock = { by, until: now + HELD_MS };
    try {
      await locks.insertOne({ _id: name, ...lock });
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (await locks.updateOne({ _id: name, until: { $lt: now } }, { $set: lock })).matchedCount === 1;
    }
  }
}
