import { binaryArray } from '../../database/binary-arrays.ts';
import type { Session } from '../../database/connect.ts';
import { dayOf, startOfDay } from '../partitions.ts';

/** What a batch adds to the counts of each day, and to those of imports. */
export interface CountChanges {
  add(epochMs: number, kind: 'snapshots' | 'quotes' | 'ticks' | 'bars', by: number): void;
  /** A row of an import that was taken; those of a feed have generation 0 and are not counted. */
  taken(generation: number | undefined, kind: 'chains' | 'ticks', outcome: string | null): void;
  write(session: Session, schema: string): readonly Promise<unknown>[];
}

export function createCountChanges(): CountChanges {
  const days = new Map<number, { snapshots: number; quotes: number; ticks: number; bars: number }>();
  const imports = new Map<string, { generation: number; kind: string; outcome: string; taken: number }>();
  return {
    add(epochMs, kind, by) {
      const day = startOfDay(dayOf(epochMs));
      const held = days.get(day) ?? { snapshots: 0, quotes: 0, ticks: 0, bars: 0 };
      held[kind] += by;
      days.set(day, held);
    },
    taken(generation = 0, kind, outcome) {
      if (generation === 0 || outcome === null) return;
      const key = `${generation} ${kind} ${outcome}`;
      const held = imports.get(key) ?? { generation, kind, outcome, taken: 0 };
      held.taken += 1;
      imports.set(key, held);
    },
    write(session, schema) {
      const statements: Promise<unknown>[] = [];
      const byDay = [...days].sort(([a], [b]) => a - b);
      const names = ['snapshots', 'quotes', 'ticks', 'bars'] as const;
      if (imports.size > 0) {
        const rows = [...imports].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
        statements.push(
          session.query(
            `INSERT INTO ${schema}.import_count AS held (generation, kind, outcome, taken)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
             ON CONFLICT (generation, kind, outcome) DO UPDATE SET taken = held.taken + excluded.taken`,
            [
              binaryArray(
                'bigint',
                rows.map(({ generation }) => generation),
              ),
              binaryArray(
                'text',
                rows.map(({ kind }) => kind),
              ),
              binaryArray(
                'text',
                rows.map(({ outcome }) => outcome),
              ),
              binaryArray(
                'bigint',
                rows.map(({ taken }) => taken),
              ),
            ],
          ),
        );
      }
      // Last, because every writer of the same days waits here until the one before it has committed.
      if (byDay.length > 0) {
        statements.push(
          session.query({
            name: 'count days',
            text: `INSERT INTO ${schema}.day_count AS held (day, snapshots, quotes, ticks, bars)
                   SELECT * FROM unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                   ON CONFLICT (day) DO UPDATE
                   SET ${names.map((name) => `${name} = held.${name} + excluded.${name}`).join(', ')}`,
            values: [
              binaryArray(
                'timestamptz',
                byDay.map(([day]) => day),
              ),
              ...names.map((name) =>
                binaryArray(
                  'bigint',
                  byDay.map(([, counts]) => counts[name]),
                ),
              ),
            ],
          }),
        );
      }
      return statements;
    },
  };
}
