import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENRICHED_SURFACES, type SurfaceFit } from '@deltastream/contracts';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { getJson } from '../support/clients/rest.ts';
import { runToExit, temporaryFolder } from '../support/platform/platform-process.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const MINUTES = 120;
const STRIKES = Array.from({ length: 11 }, (_, i) => 23_750 + 50 * i);
/** Two hours of calls and puts, as a recorder writes them. */
const RECORDING = [
  'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg',
  ...Array.from({ length: MINUTES }, (_, i) => {
    const time = `20260819${10 + Math.floor(i / 60)}${String(i % 60).padStart(2, '0')}`;
    return STRIKES.flatMap((strike) => {
      const [call, put] = premiums(strike, 24_000 + (i % 7));
      return [
        `${time},25-Aug-2026,${strike},CE,24000,${call},10,5,-2`,
        `${time},25-Aug-2026,${strike},PE,24000,${put},10,5,-2`,
      ];
    });
  }).flat(),
  '',
].join('\n');

/** Any premiums that have a volatility and fall with the distance to the money. */
function premiums(strike: number, forward: number): [string, string] {
  const time = 120 * Math.exp(-(((strike - forward) / 300) ** 2));
  return [Math.max(0, forward - strike) + time, Math.max(0, strike - forward) + time].map((each) =>
    each.toFixed(2),
  ) as [string, string];
}

describe.runIf(haveRedisServer())('jobs and consumers across processes', () => {
  const folder = temporaryFolder();
  let stand: RedisStand;
  beforeEach(async () => {
    stand = await openRedisStand();
  });
  afterEach(() => stand.end());
  afterAll(folder.remove);

  const cli = (...words: string[]) => runToExit([...words, ...stand.shared, '--source', 'none']);

  it('consumers of every process are listed and scaled', async () => {
    await stand.start('enricher', ['--concurrency', '3']);
    await stand.start('enricher', ['--off-hours-concurrency', '2', '--market-concurrency', '2']);
    await stand.start('storage');
    const before = await cli('workers', 'list');
    expect(before.output).toMatch(/enricher .* concurrency 3 \(by setting\)/);
    expect(before.output).toMatch(/enricher .* concurrency 2 \(by schedule, market (open|closed)\)/);
    expect(before.output).toMatch(/storage .* concurrency 128 \(by setting\)\n3 consumers/);
    const scaled = await cli('workers', 'scale', 'enricher', '--concurrency', '17');
    expect(scaled.code, scaled.output).toBe(0);
    expect(scaled.output.match(/^enricher .* concurrency 17 \(by command/gm)).toHaveLength(2);
    expect((await cli('workers', 'list')).output).toMatch(/storage .* concurrency 128/);
    expect(await cli('workers', 'scale', 'baker', '--concurrency', '2')).toMatchObject({ code: 1 });
    expect((await cli('workers', 'scale', 'enricher')).output).toMatch(/--concurrency N/);
  });

  it('a recording is imported, fitted, served and exported, also when the importer is replaced meanwhile', async () => {
    const bus = await createRedisBus({ url: stand.redis.url });
    const fits: SurfaceFit[] = [];
    await bus.follow(ENRICHED_SURFACES.name, 'latest', ({ frame }) =>
      fits.push(ENRICHED_SURFACES.frames.decode(frame)),
    );
    await stand.start('enricher');
    const front = await stand.start('storage,analytics,gateway', ['--surface-interval-ms', '200']);
    const recording = join(folder.path, 'nifty_day.csv');
    writeFileSync(recording, RECORDING);
    const importing = cli('import', recording);
    const importer = await stand.start('operations');
    await importer.printed(/Stop/);
    await importer.stop();
    await stand.start('operations');
    const imported = await importing;
    expect(imported.code, imported.output).toBe(0);
    expect(imported.output).toMatch(
      `nifty_day.csv: done 100%, ${MINUTES} chains, ${MINUTES} ticks, 0 rejected, stored`,
    );

    const chain = await getJson<{ timestamp: string }>(`${front.url}/api/data/chain/NIFTY`);
    expect(chain.timestamp).toBe('2026-08-19T06:29:00.000Z');
    await expect.poll(() => fits.at(-1)?.timestamp).toBe(Date.parse(chain.timestamp));
    const fit = await getJson<{ expiries: { svi: { rmse_vol_points: number } }[] }>(
      `${front.url}/api/analytics/surface-fit/NIFTY`,
    );
    expect(fit.expiries[0].svi).toEqual(fits.at(-1)?.slices[0].svi);

    const range = ['--from', '2026-08-19T00:00:00Z', '--to', '2026-08-20T00:00:00Z'];
    const exported = await cli('export', '--kind', 'chains', '--product', 'NIFTY', ...range);
    expect(exported.code, exported.output).toBe(0);
    const [, path, rows] = /^(\S+\.csv): (\d+) rows/.exec(exported.output) ?? [];
    expect(Number(rows)).toBe(MINUTES * STRIKES.length * 2);
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(Number(rows) + 1);
    await bus.close();
  });

  it('say what they cannot do', async () => {
    const alone = await runToExit(['import', 'x.csv']);
    expect(alone.code).toBe(1);
    expect(alone.output).toMatch(/--queue is not shared.*--source replay:FILE/);
    expect((await cli('import', '/nowhere/x.csv')).output).toMatch(/\/nowhere\/x\.csv/);
    const backwards = ['--from', '2026-08-20T00:00:00Z', '--to', '2026-08-19T00:00:00Z'];
    expect((await cli('export', '--kind', 'ticks', '--product', 'NIFTY', ...backwards)).output).toMatch(
      /to: is not after from/,
    );
    expect((await cli('export', '--kind', 'ticks', '--product', 'x/y', ...backwards)).output).toMatch(
      /--product/,
    );
  });
});
