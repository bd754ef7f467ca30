import { describe, expect, test } from 'vitest';
import { zipOf } from '../testing/archive.fixture.ts';
import { withFile } from '../testing/recordings.fixture.ts';
import { createRecordingAccess } from './recording-access.ts';
import type { RecordingLimits } from './recording-limits.ts';
import { zipMembers } from './zip-members.ts';

const MEMBERS = [
  ['folder/a.csv', 'one,two\n'.repeat(500)],
  ['empty.csv', ''],
  ['größe.csv', 'drei'],
] as const;

const text = async (content: Promise<Uint8Array>) => new TextDecoder().decode(await content);

async function readAll(
  bytes: Uint8Array,
  limits: Partial<RecordingLimits> = {},
): Promise<[string, string][]> {
  return withFile('made.zip', bytes, async (path) => {
    const read: [string, string][] = [];
    for await (const member of zipMembers(path, createRecordingAccess({ limits })))
      read.push([member.path, await text(member.content())]);
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

describe('beyond a bound, named with its setting before a byte is inflated', () => {
  const bomb = zipOf([
    ['small.csv', 'one,two'],
    ['zeros.csv', '0'.repeat(1_000_000)],
  ]);
  test.each([
    [
      'a member that unpacks too far',
      { ratioFreeBytes: 1000 },
      /zeros.csv: 1000007 bytes unpack from .*limits.maxRatio/,
    ],
    ['what all members unpack to', { maxBytes: 999_999 }, /zeros.csv: it unpacks to .*limits.maxBytes/],
    ['a page', { maxPageBytes: 999_999 }, /zeros.csv: 1000000 bytes, more than 999999 .*limits.maxPageBytes/],
    ['members', { maxMembers: 1 }, /2 members, more than 1 \(limits.maxMembers\)/],
  ])('%s', async (_what, limits, message) => {
    await expect(readAll(bomb, limits)).rejects.toMatchObject({
      code: 'recording_too_large',
      message: expect.stringMatching(message),
    });
  });

  test('and a member of the same archive that is within them is read', async () => {
    await withFile('bomb.zip', bomb, async (path) => {
      const members = zipMembers(path, createRecordingAccess({ limits: { ratioFreeBytes: 1000 } }));
      const { value } = await members.next();
      expect(await text(value?.content() ?? Promise.reject())).toBe('one,two');
      await members.return(undefined);
    });
  });
});
