import type { FileSchema } from '../../sqlite/file-schema.ts';

export const LOGS_SCHEMA: FileSchema = {
  keepsCopy: false,
  steps: [
    {
      what: 'log entries',
      sql: `CREATE TABLE log (
     id INTEGER PRIMARY KEY,
     timestamp INTEGER NOT NULL,
     severity INTEGER NOT NULL,
     service TEXT NOT NULL,
     message TEXT NOT NULL,
     fields TEXT NOT NULL
   ) STRICT;`,
    },
  ],
};
