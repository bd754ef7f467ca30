import { homedir, tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { cwd } from 'node:process';

/** Replaces what a text says of where things are on this machine by what they are for. */
export type PathMask = (text: string) => string;

/**
 * For texts that strangers may see: errors of the file system name absolute paths, which tell of user names, mounts and
 * versions. `roles` says what paths are for, such as `{ './data': 'the data folder' }`; the folders of the process, of
 * its user and of temporary files are known. The log has the text as it was.
 */
export function createPathMask(roles: Readonly<Record<string, string>> = {}): PathMask {
  const known = new Map([
    [homedir(), 'the home folder'],
    [tmpdir(), 'the temporary folder'],
    [cwd(), 'the working folder'],
    ...Object.entries(roles).map(([path, role]) => [resolve(path), role] as const),
  ]);
  const longestFirst = [...known]
    .filter(([path]) => path.length > 1)
    .toSorted(([a], [b]) => b.length - a.length);
  return (text) => longestFirst.reduce((shown, [path, role]) => shown.replaceAll(path, role), text);
}
