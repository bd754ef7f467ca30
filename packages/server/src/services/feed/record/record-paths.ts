import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, parse, sep } from 'node:path';

/** Where the files of a recording are: one after the other, each with its number from the second on. */
export interface RecordPlace {
  readonly folder: string;
  /** The path of the file of a number, from 1. */
  pathOf(part: 'recording' | 'raw', number: number): string;
  /** Bytes of all files that are there under these names. */
  bytesThere(): Promise<number>;
}

/** Names in a folder: the instant of the start, so that none of another run is met. */
const DATED = /^\d{8}T\d{6}Z(\.raw)?(-\d+)?\.zst$/;

/**
 * The place of `--record`: a folder, where files are named after the instant of the start, or a file. Its folder is made. Rejects
 * as the file system does.
 */
export async function recordPlace(given: string, startedAt: number): Promise<RecordPlace> {
  const isFolder = given.endsWith('/') || given.endsWith(sep) || (await isDirectory(given));
  const started = `${new Date(startedAt).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const { name, ext } = isFolder ? { name: started, ext: '.zst' } : parse(given);
  const folder = isFolder ? given : dirname(given);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const isOurs = isFolder ? (file: string) => DATED.test(file) : (file: string) => isPartOf(file, name, ext);
  return {
    folder,
    pathOf: (part, number) =>
      join(folder, `${name}${part === 'raw' ? '.raw' : ''}${number > 1 ? `-${number}` : ''}${ext}`),
    bytesThere: async () => {
      const names = (await readdir(folder)).filter(isOurs);
      const sizes = await Promise.all(names.map((file) => sizeOf(join(folder, file))));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
  };
}

function isPartOf(file: string, name: string, ext: string): boolean {
  if (!file.startsWith(name) || !file.endsWith(ext)) return false;
  return /^(\.raw)?(-\d+)?$/.test(file.slice(name.length, file.length - ext.length));
}

/** A name that leads elsewhere, or that is gone meanwhile, has nothing of the bound. */
const sizeOf = (path: string): Promise<number> =>
  lstat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 0;
      throw error;
    },
  );

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
