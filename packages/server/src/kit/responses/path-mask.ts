import { homedir, tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { cwd } from 'node:process';

/** Replaces what a text says of where things are on this machine by what they are for. */
export type PathMask = (text: string) => string;

/** What a path stands behind and before in a text; within a longer path or a URL it is something else. */
const BEFORE = '(?<=^|[\\s"\'`(\\[<=:,]|file://)';
const AFTER = '(?=$|[/\\\\\\s"\'`)\\]>:,;]|\\.(?:\\s|$))';

/**
 * For texts that others than the operator may see: errors of the file system name absolute paths, which tell of user
 * names, mounts and versions. `roles` says what paths are for, such as `{ './data': 'the data folder' }`; the folders of
 * the process, of its user and of temporary files are known. A path is found where it is a word of its own or the
 * beginning of one. Not for texts about the URL of a request: `/data` may begin that, too. The log has the text as it was.
 */
export function createPathMask(roles: Readonly<Record<string, string>> = {}): PathMask {
  const known = new Map([
    [homedir(), 'the home folder'],
    [tmpdir(), 'the temporary folder'],
    [cwd(), 'the working folder'],
    ...Object.entries(roles).map(([path, role]) => [resolve(path), role] as const),
  ]);
  const longestFirst = [...known.keys()]
    .filter((path) => path.length > 1)
    .toSorted((a, b) => b.length - a.length);
  const paths = new RegExp(`${BEFORE}(?:${longestFirst.map(escaped).join('|')})${AFTER}`, 'g');
  return (text) => text.replace(paths, (path) => known.get(path) ?? path);
}

const escaped = (path: string): string => path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
