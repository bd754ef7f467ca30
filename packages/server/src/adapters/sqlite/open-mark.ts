import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * `FILE.open` is there while a SQLite file is open for writing, and after a process was killed. The file then has a
 * write-ahead log, which SQLite makes when it opens one and removes when it closes it: where the log is gone, so is what
 * was committed last.
 */
export interface OpenMark {
  /** True where the file was not closed, and its log is missing. */
  readonly logWasLost: boolean;
  /** To be called once the file is open. */
  set(): void;
  /** To be called when the file is closed, first: a kill before the log is removed then leaves a file that opens. */
  clear(): void;
}

/** To be called before the file is opened. */
export function createOpenMark(file: string): OpenMark {
  const mark = markOf(file);
  const holdsData = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
  return {
    logWasLost: holdsData && existsSync(mark) && !existsSync(`${file}-wal`),
    set: () => writeFileSync(mark, '', { mode: 0o600 }),
    clear: () => rmSync(mark, { force: true }),
  };
}

/** Where the mark of a file is. */
export const markOf = (file: string): string => `${file}.open`;
