import { tarOf } from '@deltastream/recordings/testing/archive';
import { withFile } from '@deltastream/recordings/testing/recordings';
import { describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../errors.ts';
import { openRecording, requireRegularFile } from './recordings.ts';

const MINUTE_CSV = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg\n';
const ROW = '202608191127,25-Aug-2026,24000,CE,24052.4,61.5,10,5,-2\n';

const failureOf = async (action: Promise<unknown>): Promise<DeltaStreamError> => {
  const error = await action.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeltaStreamError);
  return error as DeltaStreamError;
};

describe('recordings for the platform', () => {
  it('fail with the errors of the catalogue when they are opened', async () => {
    const missing = await failureOf(openRecording('/nowhere/nifty.csv'));
    expect(missing).toMatchObject({ code: 'unreadable_source', status: 422, permanent: false });
    expect(missing.message).toMatch(/^nifty.csv: cannot be opened \(ENOENT/);
    expect(missing.cause).toMatchObject({ name: 'RecordingError', cause: { code: 'ENOENT' } });

    expect(await failureOf(requireRegularFile('/dev/null'))).toMatchObject({ code: 'unreadable_source' });

    const archive = await tarOf([
      ['a', 'no format'],
      ['b', 'no format'],
    ]);
    await withFile('two.tar', archive, async (path) => {
      const large = await failureOf(openRecording(path, { limits: { maxMembers: 1 } }));
      expect(large).toMatchObject({ code: 'recording_too_large', permanent: true });
    });
  });

  it('fail so when the reading is stopped', () =>
    withFile('nifty.csv', MINUTE_CSV + ROW, async (path) => {
      const stopping = new AbortController();
      const source = await openRecording(path, { signal: stopping.signal });
      stopping.abort();
      const read = (async () => {
        for await (const item of source) expect(item).toBeUndefined();
      })();
      expect(await failureOf(read)).toMatchObject({ code: 'stopped', status: 503 });
      await source.close();
    }));

  it('name the flags of the platform in what they ask for', async () => {
    const upstox =
      '{"status":"success","data":[{"expiry":"2024-06-20","strike_price":1,"underlying_key":"NSE_INDEX|Nifty 50","underlying_spot_price":1,"call_options":{},"put_options":{}}]}';
    await withFile('chain.json', upstox, async (path) => {
      expect((await failureOf(openRecording(path))).message).toMatch(/say when .* with --recorded-at, such/);
    });
    await withFile('nifty.csv', `${MINUTE_CSV}${ROW}${ROW.replace('24000', '24100')}`, async (path) => {
      const source = await openRecording(path, { limits: { maxPageItems: 1 } });
      const reasons: string[] = [];
      for await (const item of source) if (item.kind === 'rejected') reasons.push(item.reason);
      await source.close();
      expect(reasons).toEqual(['2 rows of one instant, more than 1 (--recording-max-page-items)']);
    });
  });

  it('are closed by who gives up reading them', () =>
    withFile('nifty.csv', MINUTE_CSV + ROW, async (path) => {
      const source = await openRecording(path);
      for await (const item of source) {
        expect(item.kind).toBe('tick');
        break;
      }
      await source.close();
      await source.close();
    }));
});
