import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';

/** Damages a file that nothing has open; returns whether the bytes from one place to another are as they were. */
export type Damage = (file: string, pageBytes: number) => (from: number, to: number) => boolean;

function flip(file: string, at: number, damagedTo = at + 1): ReturnType<Damage> {
  const bytes = readFileSync(file);
  bytes[at] ^= 0xff;
  writeFileSync(file, bytes);
  return (from, to) => to <= at || from >= damagedTo;
}

/** A page in the middle of the file. */
const middleOf = (file: string, pageBytes: number): number =>
  Math.floor(readFileSync(file).length / pageBytes / 2) * pageBytes;

export const DAMAGES = {
  'a byte of its header flipped': (file) => flip(file, 3),
  'the byte flipped that marks it as ours': (file) => flip(file, 70),
  // Without its kind nothing of the page can be read.
  'the first byte of a page flipped': (file, pageBytes) => {
    const page = middleOf(file, pageBytes);
    return flip(file, page, page + pageBytes);
  },
  'the last byte of a page flipped': (file, pageBytes) =>
    flip(file, middleOf(file, pageBytes) + pageBytes - 1),
  'its first page overwritten': (file, pageBytes) => {
    writeFileSync(file, readFileSync(file).fill(0xa5, 0, pageBytes));
    return (from) => from >= pageBytes;
  },
  'its second half cut off': (file) => {
    const length = Math.floor(readFileSync(file).length / 2);
    truncateSync(file, length);
    return (_, to) => to <= length;
  },
  'length zero': (file) => {
    truncateSync(file);
    return () => false;
  },
  gone: (file) => {
    rmSync(file);
    return () => false;
  },
} satisfies Record<string, Damage>;

export type DamageName = keyof typeof DAMAGES;
export const DAMAGE_NAMES = Object.keys(DAMAGES) as DamageName[];
