import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { openRecording } from '@deltastream/recordings';
import { collect } from '@deltastream/recordings/testing/recordings';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { FeedSourceConfig } from '../feed-config.ts';
import { createFeed } from '../service.ts';
import { RECORD } from './record-settings.ts';
import { openRecorder, type RecordConfig } from './recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'deltastream-record-'));
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  for (const name of recordings()) rmSync(join(folder, name), { recursive: true });
});

const SYNTHETIC: FeedSourceConfig = {
  ...{ kind: 'synthetic', products: ['NIFTY', 'BTC'], strikes: 10, chainIntervalMs: 50, tickIntervalMs: 20 },
  syntheticHistory: 0,
};

const recordConfig = (more: Partial<RecordConfig> = {}): RecordConfig => ({
  ...{ ...RECORD.defaults, record: `${folder}/`, release: '0.0.0', flushMs: 20 },
  ...more,
});

/** A feed, and the frames that its bus carries, in their order on each topic. */
async function feedOf(source: FeedSourceConfig, record?: RecordConfig, speed: number | 'max' = 1) {
  const bus = createMemoryBus();
  const frames = { chains: [] as string[], ticks: [] as string[] };
  const logged: string[] = [];
  const logger = createLogger('debug', { write: (line) => void logged.push(line) });
  await bus.consume(MARKET_CHAINS.name, 'test', async ({ frame }) => {
    frames.chains.push(Buffer.from(frame).toString('base64'));
  });
  await bus.consume(MARKET_TICKS.name, 'test', async ({ frame }) => {
    frames.ticks.push(Buffer.from(frame).toString('base64'));
  });
  const feed = createFeed(
    { bus, clock: systemClock, logger },
    { dataset: 'synthetic', source, record, speed },
  );
  opened.push({ close: () => bus.close() }, { close: () => feed.stop() });
  await feed.start();
  return { feed, bus, frames, logged };
}

const recordings = () => readdirSync(folder).sort();

async function replayed(file: string) {
  const { feed, bus, frames } = await feedOf({ kind: 'replay', path: join(folder, file) }, undefined, 'max');
  const summary = await feed.finished;
  await bus.drained();
  return { frames, summary };
}

describe('a recording', () => {
  it('replays with the same bytes, however often', async () => {
    const live = await feedOf(SYNTHETIC, recordConfig());
    await expect.poll(() => live.frames.chains.length).toBeGreaterThan(20);
    await expect.poll(() => live.frames.ticks.length).toBeGreaterThan(20);
    await live.feed.stop();
    await live.bus.drained();
    const [file] = recordings();
    expect(file).toMatch(/^\d{8}T\d{6}Z\.zst$/);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    for (let time = 0; time < 2; time++) {
      const { frames, summary } = await replayed(file);
      expect(frames).toEqual(live.frames);
      expect(summary).toMatchObject({ chains: live.frames.chains.length, rejected: 0 });
    }
    const metrics = await live.feed.metrics.metrics();
    expect(metrics).toContain(`deltastream_feed_recorded_total{kind="chain"} ${live.frames.chains.length}`);
  });

  it('is read while it is written, up to its last complete frame; so is one that was cut off, which is said', async () => {
    const live = await feedOf(SYNTHETIC, recordConfig());
    const read = async () => collect(await openRecording(join(folder, recordings()[0])));
    const chains = async () => (await read()).chains.length;
    await expect.poll(chains).toBeGreaterThan(5);
    // The end of the last frame is cut off below; what is read then is in those before.
    await expect.poll(chains).toBeGreaterThan(await chains());
    const [file] = recordings();
    await live.feed.stop();
    const complete = await read();
    expect(complete.rejected).toEqual([]);
    truncateSync(join(folder, file), statSync(join(folder, file)).size - 7);
    const cut = await read();
    expect(cut.chains.length).toBeGreaterThan(0);
    expect(cut.chains).toEqual(complete.chains.slice(0, cut.chains.length));
    expect(cut.rejected).toEqual([
      expect.objectContaining({
        rejection: 'truncated',
        reason: expect.stringContaining('truncated or damaged after byte'),
      }),
    ]);
  });

  it('goes on in a new file when one is full, and all of them joined are one recording', async () => {
    const live = await feedOf(
      SYNTHETIC,
      recordConfig({ record: join(folder, 'day.zst'), rotateBytes: 20_000 }),
    );
    await expect.poll(() => recordings().length).toBeGreaterThan(2);
    await live.feed.stop();
    await live.bus.drained();
    const number = (name: string) => Number(/-(\d+)/.exec(name)?.[1] ?? 1);
    const parts = recordings().sort((a, b) => number(a) - number(b));
    expect(parts.slice(0, 3)).toEqual(['day.zst', 'day-2.zst', 'day-3.zst']);
    writeFileSync(
      join(folder, 'all.zst'),
      Buffer.concat(parts.map((name) => readFileSync(join(folder, name)))),
    );
    expect((await replayed('all.zst')).frames).toEqual(live.frames);
  });

  it('overwrites nothing: a second run under one name has the next number', async () => {
    const record = join(folder, 'session.zst');
    for (let run = 0; run < 2; run++) {
      const live = await feedOf(SYNTHETIC, recordConfig({ record }));
      await expect.poll(() => live.frames.chains.length).toBeGreaterThan(3);
      await live.feed.stop();
    }
    expect(recordings()).toEqual(['session-2.zst', 'session.zst']);
  });

  it('ends at its bound, says so, and the feed goes on', async () => {
    const live = await feedOf(SYNTHETIC, recordConfig({ maxBytes: 30_000 }));
    const check = async () => (await live.feed.ready()).find(({ name }) => name === 'recording');
    expect(await check()).toEqual({ name: 'recording', ok: true, reason: null });
    await expect.poll(async () => (await check())?.reason).toContain('--record-max-bytes');
    expect((await check())?.ok).toBe(true);
    expect(live.logged.join('')).toContain('recording_stopped');
    expect(await live.feed.metrics.metrics()).toContain('deltastream_feed_recording 0');
    const before = live.frames.chains.length;
    await expect.poll(() => live.frames.chains.length).toBeGreaterThan(before + 5);
    await live.feed.stop();
    const [file] = recordings();
    expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(30_000);
    const read = await collect(await openRecording(join(folder, file)));
    expect(read.rejected).toEqual([]);
    expect(read.chains.length).toBeGreaterThan(0);
    // What is there counts: a start does not begin with a new allowance.
    const again = await feedOf(SYNTHETIC, recordConfig({ maxBytes: 30_000 }));
    await expect.poll(() => again.logged.join('')).toContain('recording_stopped');
  });

  it('takes names that lead elsewhere for nothing of its own', async () => {
    symlinkSync(join(folder, 'gone'), join(folder, '20260101T000000Z.zst'));
    const live = await feedOf(SYNTHETIC, recordConfig());
    await expect.poll(() => live.frames.chains.length).toBeGreaterThan(0);
    await live.feed.stop();
    expect(recordings()).toHaveLength(2);
  });

  it('ends with all its parts where one cannot go on: it is said that nothing is recorded', async () => {
    const logger = createLogger('debug', { write: () => undefined });
    const recorder = await openRecorder(recordConfig({ record: join(folder, 'session.zst') }), {
      ...{ clock: systemClock, logger, registry: new Registry(), source: 'deribit' },
    });
    opened.push(recorder);
    const frame = new Uint8Array(1_000);
    recorder.published('chain', { product: 'BTC', timestamp: 1 }, frame);
    await recorder.written();
    const size = () => statSync(join(folder, 'session.zst')).size;
    const before = size();
    // A file of raw messages that cannot be gone on with.
    const failing = () => {
      throw new Error('no head');
    };
    const keep = await recorder.keepRaw({ head: failing, lost: () => [] });
    keep([frame]);
    await expect.poll(recorder.problem).toBe('no head');
    await recorder.close();
    recorder.published('chain', { product: 'BTC', timestamp: 2 }, frame);
    await recorder.written();
    expect(size()).toBe(before);
  });

  it('that cannot be written ends the start, and says what to do', async () => {
    const record = join(folder, 'file');
    writeFileSync(record, '');
    await expect(
      feedOf(SYNTHETIC, recordConfig({ record: join(record, 'session.zst') })),
    ).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringMatching(
        /^--record .*: it cannot be written \(.*\); name a file or folder that may be$/,
      ),
    });
  });
});
