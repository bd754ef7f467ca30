import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createMemoryUserStore,
  emptyUserContents,
} from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { appendEvents } from './audit-trail.ts';
import { createAuditUpkeep } from './audit-upkeep.ts';
import { verifyTrail } from './verify-trail.ts';

const KEY = Buffer.alloc(32, 6);
const NOW_MS = 1_787_000_000_000;
const DAY_MS = 86_400_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-upkeep-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(limits = { keepMs: 30 * DAY_MS, maxEvents: 1_000_000 }) {
  const contents = emptyUserContents();
  const store = createMemoryUserStore(contents);
  const clock = createManualClock(NOW_MS);
  const logged: { event: string; seq?: number }[] = [];
  const logger = createLogger('trace', { write: (line) => void logged.push(JSON.parse(line)) });
  const noteFile = join(folder, 'audit-note.json');
  const upkeep = createAuditUpkeep({ store, key: KEY, clock, logger, noteFile, ...limits });
  const append = (count: number, at = NOW_MS) =>
    appendEvents(
      store,
      KEY,
      Array.from({ length: count }, (_, i) => ({ at: at + i, event: 'login_refused', details: { i } })),
    );
  return { contents, store, clock, upkeep, append, noteFile, logged: () => logged.map(({ event }) => event) };
}

it('notes the newest event beside the key and in the log, and sees when the end of the trail is cut off', async () => {
  const { contents, store, upkeep, append, noteFile, logged } = open();
  await append(10);
  await upkeep.run();
  expect(JSON.parse(readFileSync(noteFile, 'utf8'))).toMatchObject({ seq: 11 });
  expect(logged()).toContain('audit_noted');
  expect([upkeep.broken(), upkeep.checked()]).toEqual([null, 11]);

  // The head as it was then, which the key once confirmed.
  const { head } = await store.auditMarks();
  await append(5);
  await upkeep.run();
  contents.audit.length = 11;
  contents.auditMarks.head = head;
  await upkeep.run();
  expect(upkeep.broken()).toMatchObject({ seq: 12, fault: 'missing' });
  expect(logged().filter((event) => event === 'audit_trail_broken')).toHaveLength(1);
  await upkeep.run();
  expect(logged().filter((event) => event === 'audit_trail_broken')).toHaveLength(1);
});

it('removes what is old, or too much, from the oldest on, and the rest stays a trail', async () => {
  const { store, upkeep, append, clock, logged } = open({ keepMs: 30 * DAY_MS, maxEvents: 2_000 });
  await append(2_500, NOW_MS - 40 * DAY_MS);
  await append(1_500, NOW_MS);
  await upkeep.run();
  expect((await store.auditFrom(1, 1))[0].seq).toBe(2_502);
  expect(logged()).toContain('audit_events_removed');
  expect(await verifyTrail({ store, key: KEY, limit: 10_000 })).toMatchObject({
    broken: null,
    first: 2_502,
    last: 4_001,
  });
  await append(1_000);
  await upkeep.run();
  expect((await store.auditFrom(1, 1))[0].seq).toBe(3_002);
  clock.set(NOW_MS + 100 * DAY_MS);
  await upkeep.run();
  // The newest stays: it is what the next one follows.
  expect(await store.auditFrom(1, 10)).toHaveLength(1);
  expect(await verifyTrail({ store, key: KEY, limit: 10_000 })).toMatchObject({ broken: null, last: 5_001 });
});

it('keeps what is recent while the clock is years ahead, and says so', async () => {
  const { store, upkeep, append, clock, logged } = open();
  await append(100);
  await upkeep.run();
  clock.step(3_650 * DAY_MS);
  await append(10, clock.now());
  await upkeep.run();
  expect((await store.auditFrom(1, 1))[0].seq).toBe(1);
  expect(logged()).toContain('retention_clock_ahead');
  clock.step(-3_650 * DAY_MS);
  await append(10, clock.now());
  // What was noted while the clock was ahead is no older than what came after it, and no younger.
  clock.set(NOW_MS + 31 * DAY_MS);
  await upkeep.run();
  expect(await store.auditFrom(1, 100)).toHaveLength(1);
});

it('removes nothing of a trail that is broken', async () => {
  const { contents, store, upkeep, append } = open({ keepMs: 0, maxEvents: 1_000 });
  await append(20);
  contents.audit[3] = { ...contents.audit[3], event: 'login_succeeded' };
  await upkeep.run();
  expect(upkeep.broken()).toMatchObject({ seq: 4, fault: 'changed' });
  expect((await store.auditFrom(1, 1))[0].seq).toBe(1);
});
