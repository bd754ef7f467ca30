import { gzipSync, inflateSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { zipOf } from './archive.fixture.ts';

const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg\n';
const MEBIBYTE = 2 ** 20;

/** The header of a minute CSV and 256 MiB of the digit 0 as xz, 39 KB, deflated twice: there is no xz encoder here. */
const XZ_OF_ZEROS = [
  'eNqruPX2wm3vy4UMbR/f+89NDTO2Oh/T1ml18nCv62GWhZ43BNJ5n4uVBaaxXznhk3tK6esiZt8jEZO6InV8L7cJsfWytrVJerAr',
  'b9T7NEE10dXSX/cN/wurV5Xr4ysebN6w18LWmWP+xnBZKf2NrlHqLSf65XK/VASp/GbcGLwxvcwlcs8T587FLuln353lC/r+TM40',
  's/+5R9fH1K3m22zPvcn9+NawTVp7nXZo8F3Pt6y7X9ek/Lv1z9u0a8OBGc9jD1UUKxmsO7Tna9TFqxcKz/42vP5vwtatv5IlOTdN',
  'OeR77ceCNaLLfjxR9l9ka9wcK7j08ubSw+nfn5ndPD0r6xvr/Z8asW9+KF7fXiqx6lScyayyFrG/W76s9NvzOsS/1L7nVM60917n',
  'vLasi3vJuaJovo7Jjr+/ba8+lKq8vOfn2xhfnyn3Spf+uf2zeN3huwsz372fWrhxU/Tb+cXyTzMnT+MPWZeVZyvx5cHNvRt41ZyP',
  'ukzTu2sZeCFJQtL01LRzX/Zkzp1/2fXZd+3eg53GhzM/vutwrnu13yg2IMVn7XcWj4lJn0Jm1R6svC6zesX+eksz9fXn5CZZSt4L',
  'twvI3R2watUfqbKqqsWnry/bqrsnrzpz6v/DavU+y08JyzQwskkkDEXiv/qMpz4rP/zmNdtReUJT7PpLnepZ9x/URnvw8ukvP5o0',
  'sWWF7K9PmWerSnu+Pzp4fMJH7jUCxjYA6sQxdQ==',
];

/** 256 MiB out of 39 KB, of a format that is supported. */
export const xzBomb = (): Uint8Array => inflateSync(inflateSync(Buffer.from(XZ_OF_ZEROS.join(''), 'base64')));

/** As many MiB out of a thousandth of that: gzip files may follow each other. */
export function gzipBomb(mebibytes: number): Uint8Array {
  const part = gzipSync(Buffer.alloc(16 * MEBIBYTE, '0'));
  return Buffer.concat([gzipSync(HEADER), ...Array.from({ length: mebibytes / 16 }, () => part)]);
}

/** As many MiB out of a ten-thousandth of that. */
export function zstdBomb(mebibytes: number): Uint8Array {
  const part = zstdCompressSync(Buffer.alloc(16 * MEBIBYTE, '0'));
  return Buffer.concat([zstdCompressSync(HEADER), ...Array.from({ length: mebibytes / 16 }, () => part)]);
}

/** A page of a bhavcopy of one option, `day` of August 2019. */
export const bhavcopy = (day: string): string =>
  `INSTRUMENT,SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP,CLOSE,SETTLE_PR,CONTRACTS,OPEN_INT,CHG_IN_OI,TIMESTAMP\nOPTIDX,NIFTY,29-Aug-2019,11000,CE,100,101,4,750,75,${day}-AUG-2019\n`;

/** Members of 15 MiB out of a thousandth of that, of a format that is supported, behind an honest one; each of its own day. */
export function zipBomb(members: number): Uint8Array<ArrayBuffer> {
  const page = (i: number) =>
    `${bhavcopy(String(i + 2).padStart(2, '0'))}${`${'0'.repeat(MEBIBYTE / 32 - 1)}\n`.repeat(15 * 32)}`;
  return zipOf([
    ['honest.csv', bhavcopy('01')],
    ...Array.from({ length: members }, (_, i) => [`bomb${i}.csv`, page(i)] as const),
  ]);
}

/** Of a supported format by its beginning, and nested as deep as it has bytes. */
export const nestedJson = (bytes: number): string => `{"jsonrpc":"2.0","method":${'['.repeat(bytes)}`;

/** A minute CSV of one instant with so many strikes, then one of the next minute with one. */
export function manyStrikes(strikes: number): string {
  const row = (minute: number, strike: number) =>
    `2026081911${minute},25-Aug-2026,${strike},CE,24052.4,61.5,10,5,-2\n`;
  return `${HEADER}${Array.from({ length: strikes }, (_, i) => row(27, i + 1)).join('')}${row(28, 24_000)}`;
}

/** A document of so many empty objects, of a supported format by its beginning. */
export const manyValues = (objects: number): string =>
  `{"jsonrpc":"2.0","method":[${'{},'.repeat(objects)}{}]}`;

/** A page of a bhavcopy with so many empty lines. */
export const manyLines = (lines: number): string => `${bhavcopy('01')}${'\n'.repeat(lines)}`;

/** A Parquet table of one instant, in one row group, of which every row is decoded before the first can be read. */
export function longTable(rows: number): Uint8Array {
  const columns = {
    timestamp: 202608191127,
    expiry: '25-Aug-2026',
    strike: 24_000,
    option_type: 'CE',
    spot: 24_052.4,
    ltp: 61.5,
    volume: 10,
    oi: 5,
    oi_chg: -2,
  };
  const columnData = Object.entries(columns).map(([name, value]) => ({
    name,
    data: Array(rows).fill(value),
    type: typeof value === 'string' ? ('STRING' as const) : ('DOUBLE' as const),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: rows }));
}
