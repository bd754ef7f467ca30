import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { type LogStand, openLogStand, type StoredEntry } from '../support/platform/log-stand.ts';
import type { PlatformProcess } from '../support/platform/platform-process.ts';

/** The least that a spool may hold: some 150 lines. */
const SPOOL_BYTES = 65_536;
const COMMON = [
  '--source',
  'none',
  '--access-log',
  'info',
  '--trace-sample-rate',
  '0',
  '--log-format',
  'json',
];
const LOAD = 600;

describe.runIf(haveRedisServer())('more lines than can wait', () => {
  let stand: LogStand;
  let logging: PlatformProcess;
  let storage: PlatformProcess;
  beforeAll(async () => {
    stand = await openLogStand(COMMON);
    logging = await stand.start('logging');
    storage = await stand.start('storage', '--log-spool-bytes', String(SPOOL_BYTES), '--read-rate', '0');
  });
  afterAll(() => stand?.end());

  it('are dropped and counted to the line, while logging and Redis are away and callers notice nothing', async () => {
    const ask = async (id: string) => {
      const response = await fetch(`${storage.url}/livez`, { headers: { 'x-request-id': id } });
      expect(response.status).toBe(200);
    };
    for (let i = 0; i < 50; i++) await ask(`before-${i}`);
    await expect.poll(async () => (await stored('before-')).length).toBe(50);

    logging.kill('SIGKILL');
    await logging.exited();
    process.kill(stand.redis.pid(), 'SIGSTOP');
    for (let i = 0; i < LOAD; i++) await ask(`load-${i}`);
    const dropped = () => metricSum(storage.url, 'deltastream_log_dropped_total');
    expect(await dropped()).toBeGreaterThan(LOAD / 4);
    process.kill(stand.redis.pid(), 'SIGCONT');
    logging = await stand.start('logging');
    for (let i = 0; i < 50; i++) await ask(`after-${i}`);
    await expect.poll(async () => (await stored('after-')).length).toBe(50);
    await expect.poll(() => metricSum(storage.url, 'deltastream_log_waiting')).toBe(0);

    const lost = await dropped();
    // Lines of the last moment, the last question among them, are on their way to both: nothing more is asked of the process.
    await expect.poll(missing).toBe(lost);
    const told = async () => {
      const entries = await stand.entries(logging, 'event=log_lines_dropped');
      return entries.reduce((sum, { fields }) => sum + (fields.dropped as number), 0);
    };
    await expect.poll(told).toBe(lost);
    process.stdout.write(`${LOAD + 100} requests, ${lost} lines dropped and told\n`);
  });

  /** Everything that the process wrote is on its standard output; what of it is not stored was dropped. */
  async function missing(): Promise<number> {
    const kept = new Map<string, number>();
    for (const entry of await stand.entries(logging)) {
      const key = keyOf({ ...entry, timestamp: Date.parse(entry.timestamp) });
      kept.set(key, (kept.get(key) ?? 0) + 1);
    }
    let count = 0;
    for (const line of writtenBy(storage)) {
      const left = kept.get(keyOf(line)) ?? 0;
      if (left === 0) count += 1;
      else kept.set(keyOf(line), left - 1);
    }
    return count;
  }

  const stored = async (begin: string): Promise<StoredEntry[]> =>
    (await stand.entries(logging, 'event=request_completed&limit=10000')).filter(
      ({ service, request_id }) => service === 'storage' && request_id?.startsWith(begin),
    );
});

interface Line {
  readonly timestamp: number;
  readonly service?: string;
  readonly event?: string | null;
  readonly message: string;
  readonly request_id?: string | null;
}

const keyOf = ({ timestamp, service, event, message, request_id }: Line): string =>
  JSON.stringify([timestamp, service ?? 'deltastream', event ?? null, message, request_id ?? null]);

function writtenBy(process: PlatformProcess): Line[] {
  const lines = process.output().split('\n');
  return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
}
