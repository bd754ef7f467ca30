import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createServiceApp } from '../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { createTokens } from '../../kit/tokens/tokens.fixture.ts';
import { importRoutes } from '../../services/operations/imports/import-routes.ts';
import {
  minutesCsv,
  startImports,
  temporaryFolder,
} from '../../services/operations/imports/imports.fixture.ts';
import { readSettings } from '../../settings/read.ts';
import { importRecordings } from './transfers.ts';

let folder: ReturnType<typeof temporaryFolder>;
let shown = '';
const ends: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = temporaryFolder('import-files-');
  shown = '';
  vi.spyOn(stdout, 'write').mockImplementation((text) => {
    shown += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) await end();
  folder.remove();
});

const settings = () => readSettings({ source: 'none', data: join(folder.path, 'empty') }, {});
const written = (name: string, content: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
};
/** Longer than one part of an upload, with rows that are none. */
const LONG = `${minutesCsv(3)}${'=1+1,not a row of any kind,\n'.repeat(50_000)}`;

async function platform() {
  const { verifier, tokenOf } = await createTokens();
  const stand = await startImports(join(folder.path, 'data'), { rejectsRows: 5 });
  await stand.imports.start();
  const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  await app.register(importRoutes(stand.imports));
  ends.push(app.close, stand.stop);
  return { stand, server: await app.listen({ port: 0 }), token: await tokenOf('admin') };
}

it('are uploaded to a platform, imported, and what is rejected is listed beside them', async () => {
  const { stand, server, token } = await platform();
  const path = written('nifty.csv', LONG);
  await importRecordings(settings(), [path], { server, token });
  expect(shown).toMatch(/nifty\.csv: done 100%, 3 chains, 3 ticks, 50000 rejected, stored; chains: 3 new/);
  expect((await stand.store.counts()).snapshots).toBe(3);
  expect(readFileSync(`${path}.rejects.csv`, 'utf8').trim().split('\r\n')).toHaveLength(6);
  expect(shown).toContain('5 of 50000 rejected parts');
  expect(readFileSync(join(folder.path, 'data', 'imports', 'nifty.csv'), 'utf8')).toBe(LONG);
  expect(readFileSync(path, 'utf8')).toBe(LONG);

  const elsewhere = join(folder.path, 'rejects');
  await importRecordings(settings(), [path], { server, token, rejectsFolder: elsewhere });
  expect(readdirSync(elsewhere)).toEqual(['nifty.csv.rejects.csv']);
});

it('are named with the reason when they cannot be imported', async () => {
  const { server, token } = await platform();
  const letter = written('letter.txt', 'Dear Sir');
  await expect(importRecordings(settings(), [letter], { server, token })).rejects.toMatchObject({
    code: 'retries_exhausted',
    message: expect.stringMatching(/^letter\.txt: .*no supported format/),
  });
  const named = written('-x.csv', 'x');
  await expect(importRecordings(settings(), [named], { server, token })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('400'),
  });
});

it('are read here by a dry run, which writes nothing', async () => {
  const path = written('nifty.csv', `${minutesCsv(3)}<html>\n`);
  mkdirSync(join(folder.path, 'empty'));
  await importRecordings(settings(), [path], { dryRun: true });
  expect(shown).toBe(
    'nifty.csv: minute CSV (timestamp,expiry,strike,option_type,spot,ltp,...); open interest and volume in contracts\n' +
      '  NIFTY (INR, lot 65): 2026-08-19T03:50:00.000Z to 2026-08-19T03:52:00.000Z\n' +
      '    3 chains of 1 expiries (2026-08-25), 6 strikes, 3 ticks\n' +
      '    of times at which something is stored: 0 chains, 0 ticks\n' +
      '  1 parts rejected\n' +
      '    1 x wrong_column_count, the first nifty.csv line 14: 1 columns, expected 9: "<html>"\n',
  );
  // The folder of the dataset is made where none is; nothing is in it.
  expect(readdirSync(join(folder.path, 'empty'), { recursive: true })).toEqual(['recorded']);
  expect(existsSync(`${path}.rejects.csv`)).toBe(false);
});

/** A server that answers as it likes. */
async function otherServer(onUpload: () => void): Promise<string> {
  const rejects = { file: '../../.bashrc', rows: 1 };
  const counts = { position: 1, total: 1, chains: 0, ticks: 0, rejected: 1 };
  const progress = { ...counts, rejects, stored: true, outcome: null, cancelled: false, preview: null };
  const view = { id: 'import/1', file: 'nifty.csv', state: 'done', reason: null, tries: 1, progress };
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith('/uploads')) onUpload();
    response.end(request.url?.endsWith('/rejects') ? 'line\n' : JSON.stringify(view));
  });
  await once(server.listen(0), 'listening');
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('have their list where it was asked for, whatever a server calls it', async () => {
  const server = await otherServer(() => undefined);
  const rejectsFolder = join(folder.path, 'a', 'b');
  await importRecordings(settings(), [written('nifty.csv', minutesCsv(1))], { server, rejectsFolder });
  expect(readdirSync(rejectsFolder)).toEqual(['nifty.csv.rejects.csv']);
  expect(readdirSync(folder.path).sort()).toEqual(['a', 'nifty.csv']);
});

it('are refused when they become shorter while they are uploaded', async () => {
  const path = written('nifty.csv', LONG);
  const server = await otherServer(() => truncateSync(path, 10));
  await expect(importRecordings(settings(), [path], { server })).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringContaining('became shorter'),
  });
});
