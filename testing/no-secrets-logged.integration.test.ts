import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  beginScans,
  plant,
  plantIssued,
  scanEndedProcess,
  takeFindings,
} from '../e2e/support/meters/planted-secrets.ts';

const SECRET = 'a phrase that is planted on purpose';
let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'planted-'));
  mkdirSync(join(data, 'logs'));
  beginScans();
  plant('phrase', SECRET);
});
afterAll(() => rmSync(data, { recursive: true }));
beforeEach(() => void takeFindings());

it('finds in an output, a compressed log and an audit trail what was planted, in any of its forms', () => {
  const segment = join(data, 'logs', 'segment-20261128-000000000000001.ndjson.zst');
  writeFileSync(segment, zstdCompressSync(`{"message":"${Buffer.from(SECRET).toString('base64')}"}\n`));
  writeFileSync(join(data, 'users.db'), `event ${encodeURIComponent(SECRET)}`);
  scanEndedProcess(`refused: ${SECRET}`, data);
  // A short text may stand in a compressed file as it is, too.
  const places = new Set(takeFindings().map(({ place }) => place));
  expect([...places]).toEqual(['output of a process', segment, join(data, 'users.db')]);
  expect(takeFindings()).toEqual([]);
});

it('looks for what a response gave out, and for no name that is called a key', () => {
  plantIssued({ token: 'an access token of many characters', key: 'name-of-many-characters', count: 1 });
  plantIssued({ key: `ds_${'0'.repeat(16)}_${'f'.repeat(64)}` });
  scanEndedProcess(
    `an access token of many characters, name-of-many-characters, ds_${'0'.repeat(16)}_`,
    '/none',
  );
  expect(takeFindings()).toHaveLength(1);
  scanEndedProcess(`ds_${'0'.repeat(16)}_${'f'.repeat(64)}`, undefined);
  expect(takeFindings()).toHaveLength(1);
});
