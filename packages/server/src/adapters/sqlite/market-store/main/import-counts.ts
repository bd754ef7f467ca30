import type { DatabaseSync } from 'node:sqlite';

export type ImportKind = 'chains' | 'ticks';
export type ImportOutcome = 'new' | 'replaced' | 'same';

/** What one transaction adds to the counts of the imports whose rows it takes. */
export interface ImportCounting {
  add(kind: ImportKind, generation: number | undefined, outcome: ImportOutcome): void;
  write(): void;
}

export const IMPORT_COLUMNS = (['chains', 'ticks'] as const).flatMap((kind) =>
  (['new', 'replaced', 'same'] as const).map((outcome) => `${kind}_${outcome}` as const),
);

/** Rows of each import, counted when they are first taken, in the transaction that takes them. */
export function createImportCounts(database: DatabaseSync): { begin(): ImportCounting } {
  const upsert = database.prepare(
    `INSERT INTO import_count (generation, ${IMPORT_COLUMNS.join(', ')}) VALUES (?, ${IMPORT_COLUMNS.map(() => '?').join(', ')})
     ON CONFLICT (generation) DO UPDATE SET
     ${IMPORT_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
  );
  return {
    begin() {
      const counts = new Map<number, Map<string, number>>();
      return {
        add(kind, generation, outcome) {
          if (generation === undefined || generation === 0) return;
          const of = counts.get(generation) ?? new Map<string, number>();
          counts.set(generation, of);
          const name = `${kind}_${outcome}`;
          of.set(name, (of.get(name) ?? 0) + 1);
        },
        write() {
          for (const [generation, of] of counts) {
            upsert.run(generation, ...IMPORT_COLUMNS.map((name) => of.get(name) ?? 0));
          }
        },
      };
    },
  };
}
