import { existsSync, renameSync } from 'node:fs';

const LOGS = ['', '-wal', '-shm'] as const;

/**
 * Gives a damaged SQLite file and its log another name, `FILE.damaged-TIME`, under which nothing writes to it. Returns that
 * name. The file goes first: a log alone is of no file.
 */
export function setAside(file: string): string {
  const name = `${file}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const suffix of LOGS) if (existsSync(file + suffix)) renameSync(file + suffix, name + suffix);
  return name;
}
