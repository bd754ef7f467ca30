import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { udiffReport } from '../../packages/server/src/services/operations/reconciliation/bhavcopy.fixture.ts';
import {
  type PlatformProcess,
  runToExit,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const folder = temporaryFolder();
const DATA = ['--source', 'none', '--data', join(folder.path, 'data')];
const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg';
const CLOSE = [HEADER, '202608191539,25-Aug-2026,24000,CE,24000,120.5,40,100,0', ''].join('\n');
const written = (name: string, text: string) => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};
const equal = { strike: 24_000, type: 'CE', units: 6_500, volume: 40, settlement: 120.5 } as const;
const agrees = written('agrees.csv', udiffReport('2026-08-19', [equal]));
const differs = written('differs.csv', udiffReport('2026-08-19', [{ ...equal, volume: 41 }]));
const reconcile = (bhavcopy: string, ...flags: string[]) =>
  runToExit(['reconcile', '--bhavcopy', bhavcopy, ...flags]);

let platform: PlatformProcess;
beforeAll(async () => {
  const source = [
    '--source',
    `replay:${written('NIFTY_minute.csv', CLOSE)}`,
    '--speed',
    'max',
    '--exit-when-done',
  ];
  expect(await runToExit([...source, '--port', '0', '--data', join(folder.path, 'data')])).toMatchObject({
    code: 0,
  });
  platform = await startPlatform(DATA);
});
afterAll(async () => {
  await platform.stop();
  folder.remove();
});

describe('deltastream reconcile', () => {
  it('ends with 0 where everything is equal, whether it reads the store or asks the platform', async () => {
    for (const place of [DATA, ['--server', platform.url]]) {
      const { code, output } = await reconcile(agrees, ...place);
      expect(output).toMatch(/^NIFTY 2026-08-19: 100\.00 % reconciled; 1 equal, 0 different/);
      expect(code).toBe(0);
    }
  });

  it('ends with 2 where something differs, and prints it as text, JSON and CSV', async () => {
    for (const place of [DATA, ['--server', platform.url]]) {
      const text = await reconcile(differs, ...place);
      expect(text.output).toContain('NIFTY-2026-08-25-24000-C  different: volume 40 here, 41 there (-1)');
      const json = await reconcile(differs, '--format', 'json', ...place);
      expect(JSON.parse(json.output)).toMatchObject({
        sessions: [{ different: 1, reconciled_share: 0 }],
        contracts: [{ outcome: 'different', volume_difference: -1, settlement_here: null }],
      });
      const csv = await reconcile(differs, '--format', 'csv', ...place);
      expect(csv.output).toMatch(
        /^contract,product,session,expiry,.*\r?\nNIFTY-2026-08-25-24000-C,NIFTY,2026-08-19,/,
      );
      expect([text.code, json.code, csv.code]).toEqual([2, 2, 2]);
    }
  });

  it('ends with 1 and says why where there is nothing to compare', async () => {
    const other = written('other.csv', udiffReport('2026-08-19', [{ ...equal, product: 'BANKNIFTY' }]));
    expect(await reconcile(other, ...DATA)).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'none of its options is of a product that is stored; 1 products are not',
      ),
    });
    expect(await reconcile(join(folder.path, 'nothing.csv'), ...DATA)).toMatchObject({ code: 1 });
    expect(await reconcile(agrees, '--server', 'http://127.0.0.1:9')).toMatchObject({
      code: 1,
      output: expect.stringContaining('did not answer'),
    });
  });
});
