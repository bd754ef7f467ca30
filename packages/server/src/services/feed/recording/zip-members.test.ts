import { describe, expect, test } from 'vitest';
import { zipOf } from './archive.fixture.ts';
import { withFile } from './recordings.fixture.ts';
import { zipMembers } from './zip-members.ts';

const MEMBERS = [
  ['folder/a.csv', 'one,two\n'.repeat(500)],
  ['empty.csv', ''],
  ['größe.csv', 'drei'],
] as const;

const text = async (content: Promise<Uint8Array>) => new TextDecoder().decode(await content);

async function readAll(bytes: Uint8Array): Promise<[string, string][]> {
  return withFile('made.zip', bytes, async (path) => {
    const read: [string, string][] = [];
    for await (const member of zipMembers(path)) read.push([member.path, await text(member.content())]);
    return read;
  });
}

/** The archive with these bytes in place of those after a mark, counted from where the mark begins. */
function patched(mark: string, offset: number, ...values: number[]): Uint8Array {
  const bytes = Buffer.from(zipOf(MEMBERS));
  const at = bytes.indexOf(mark, 0, 'latin1');
  expect(at).toBeGreaterThanOrEqual(0);
  bytes.set(values, at + offset);
  return bytes;
}

test('members come in the order of the directory, with their content', async () => {
  expect(await readAll(zipOf(MEMBERS))).toEqual(MEMBERS.map((member) => [...member]));
});

test('a comment behind the directory is passed over', async () => {
  const bytes = Buffer.concat([zipOf(MEMBERS), Buffer.from('see README')]);
  bytes.writeUInt16LE(10, bytes.length - 12);
  expect((await readAll(bytes)).length).toBe(3);
});

describe('refused, naming the file', () => {
  test.each([
    ['cut in the middle', zipOf(MEMBERS).subarray(0, 60), /^made.zip: its end is missing/],
    [
      'a directory that points beyond the file',
      patched('PK\u0005\u0006', 16, 0xff, 0xff, 0xff, 0),
      /directory is damaged/,
    ],
    ['fewer members than it counts', patched('PK\u0005\u0006', 10, 9), /breaks off after 3 of 9/],
    ['members that share bytes', patched('PK\u0001\u0002', 20, 0xff, 0xff, 0, 0), /its members overlap/],
    ['a bomb: more content than is stated', patched('PK\u0001\u0002', 24, 10, 0, 0, 0), /folder\/a.csv: /],
    [
      'more than a page may have',
      patched('PK\u0001\u0002', 24, 0, 0, 0, 0x70),
      /a.csv: 1879048192 bytes, at most/,
    ],
    [
      'a checksum that is another',
      patched('PK\u0001\u0002', 16, 1, 2, 3, 4),
      /a.csv: its content is damaged/,
    ],
    ['an encrypted member', patched('PK\u0001\u0002', 8, 1), /a.csv: it is encrypted/],
    ['an unknown method', patched('PK\u0001\u0002', 10, 14), /a.csv: compression method 14 is not supported/],
    ['an offset to something else', patched('PK\u0001\u0002', 42, 5), /a.csv: it does not begin where/],
  ])('%s', async (_what, bytes, message) => {
    await expect(readAll(bytes)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(message),
    });
  });
});
