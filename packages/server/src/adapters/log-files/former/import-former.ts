import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';

/** Entries that an earlier release kept, in another form or place. */
export interface FormerLogs {
  /** Where they are, without credentials. */
  readonly place: string;
  /** Whether there are any; a place that is not there has none. */
  exist(): Promise<boolean>;
  /** Resolves with at most `limit` after an id, by rising ids; an empty array at the end. */
  after(id: number, limit: number): Promise<(LogEntry & { readonly id: number })[]>;
  close(): Promise<void>;
}

/** Entries read, and appended, at a time. */
const BATCH = 1_000;

/**
 * Takes over entries of earlier releases, once, in their order, before any other entry is stored. They stay where they
 * were. Interrupted, it begins anew at the next start: nothing is kept twice.
 */
export async function importFormer(
  folder: string,
  former: FormerLogs,
  write: (entriesOf: (append: (entries: LogEntry[]) => Promise<void>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const done = join(folder, 'imported.json');
  const begun = join(folder, 'importing.json');
  try {
    if (existsSync(done)) return;
    if (existsSync(begun)) {
      for (const name of readdirSync(folder)) if (name !== 'importing.json') rmSync(join(folder, name));
    } else if (existsSync(folder) && readdirSync(folder).length > 0) return;
    if (!(await former.exist())) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(begun, JSON.stringify({ from: former.place }));
    let entries = 0;
    await write(async (append) => {
      let after = 0;
      for (;;) {
        const page = await former.after(after, BATCH);
        if (page.length === 0) break;
        after = page[page.length - 1].id;
        entries += page.length;
        await append(page.map(({ id: _id, ...entry }) => entry));
      }
    });
    writeFileSync(done, JSON.stringify({ from: former.place, entries }));
    rmSync(begun);
  } finally {
    await former.close();
  }
}
