import { statSync } from 'node:fs';
import { basename } from 'node:path';

/** Tells whether a name still leads to the file that was opened under it. */
export interface OpenedFile {
  /** That it does not, and what to do, without the path of its folder; null while it does. */
  problem(): string | null;
}

/** To be called once the file is open: while it is, its inode is given to no other. */
export function createOpenedFile(file: string): OpenedFile {
  const identity = identityOf(file);
  return {
    problem: () =>
      identityOf(file) === identity
        ? null
        : `${basename(file)} was removed or replaced while it was open, and nothing more is stored in it: ` +
          'bring it back, or start again to begin with an empty one',
  };
}

function identityOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.dev} ${found.ino}` : null;
}
