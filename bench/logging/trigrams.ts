import { DatabaseSync } from 'node:sqlite';

export interface TrigramCost {
  readonly name: string;
  readonly linesPerSecond: number;
  /** Bytes of the index over bytes of the lines. */
  readonly share: number;
}

/** What SQLite's own index of trigrams costs for messages and fields of the same lines, without their identifiers. */
export function measureTrigrams(lines: readonly string[]): TrigramCost[] {
  const texts = lines.map((line) => {
    const { msg, expiry, strikes, duration_ms, status } = JSON.parse(line);
    return JSON.stringify({ msg, expiry, strikes, duration_ms, status });
  });
  const raw = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  return ['none', 'full'].map((detail) => {
    const database = new DatabaseSync(':memory:');
    database.exec(
      `CREATE VIRTUAL TABLE lines USING fts5(text, content='', columnsize=0, detail=${detail}, tokenize='trigram')`,
    );
    const insert = database.prepare('INSERT INTO lines(rowid, text) VALUES (?, ?)');
    const begun = performance.now();
    database.exec('BEGIN');
    for (const [i, text] of texts.entries()) insert.run(i, text);
    database.exec('COMMIT');
    const ms = performance.now() - begun;
    const pages = Object.values(database.prepare('PRAGMA page_count').get() ?? {})[0];
    const size = Object.values(database.prepare('PRAGMA page_size').get() ?? {})[0];
    database.close();
    return {
      name: `SQLite FTS5 trigram, detail=${detail}`,
      linesPerSecond: (1_000 * texts.length) / ms,
      share: (Number(pages) * Number(size)) / raw,
    };
  });
}
