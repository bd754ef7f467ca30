import { appendFileSync } from 'node:fs';
import type { FileSchema } from './file-schema.ts';
import { openDatabase } from './open-database.ts';

/** Rows of the first schema: the copy of so many takes a while, and so does the step. */
export const ROWS = 40_000;

const FIRST = {
  what: 'notes',
  sql: `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
    WITH RECURSIVE n (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM n WHERE id < ${ROWS})
    INSERT INTO note SELECT id, hex(randomblob(400)) FROM n;`,
};
/** Changes every row and the table; in two statements, of which one alone would be neither old nor new. */
const SECOND = {
  what: 'lengths of notes',
  sql: `ALTER TABLE note ADD COLUMN length INTEGER;
    UPDATE note SET length = length(text), text = upper(hex(text));`,
};

export const OLD_SCHEMA: FileSchema = { steps: [FIRST], keepsCopy: true };
const NEW_SCHEMA: FileSchema = { steps: [FIRST, SECOND], keepsCopy: true };

/** Run as a program: brings a file up to date; a line in the log for each time that the steps were committed. */
if (import.meta.main) {
  const [file, log] = process.argv.slice(2);
  const opened = openDatabase({ file, schema: NEW_SCHEMA, synchronous: 'FULL', busyTimeoutMs: 60_000 });
  opened.close();
  appendFileSync(log, 'done\n');
}
