import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OptionInstrument } from '../../instrument.ts';
import { createInstrumentQuote, type QuoteSink } from '../../meaning.ts';
import { CredentialsRefused, PollFailure } from '../../venue.ts';
import { notedSink, scriptedPorts } from '../connection.fixture.ts';
import { createPollLoop } from './poll-loop.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

type Run = (call: number, sink: QuoteSink, signal: AbortSignal) => Promise<void>;

function started(run: Run, options: readonly OptionInstrument[] = [{} as OptionInstrument]) {
  const begun: number[] = [];
  const sink = notedSink();
  const loop = createPollLoop(
    {
      venue: 'venue',
      poll: {
        name: 'quotes',
        intervalMs: 1_000,
        run: (_options, into, signal) => {
          begun.push(performance.now() - from);
          return run(begun.length, into, signal);
        },
      },
      ...{ sink, options: () => options },
      ...{ deadlineMs: 3_000, firstRetryMs: 2_000, lastRetryMs: 8_000 },
    },
    scriptedPorts().ports,
  );
  const from = performance.now();
  loop.start();
  return { loop, begun, sink };
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('a poll', () => {
  it('begins at its interval, however long a request takes', async () => {
    const { loop, begun } = started((call) => wait(call === 2 ? 1_500 : 300));
    await vi.advanceTimersByTimeAsync(4_000);
    // A timer waits 1 ms at least.
    expect(begun).toEqual([0, 1_000, 2_501, 3_501]);
    expect(loop.report()).toMatchObject({ name: 'venue quotes', kind: 'poll', state: 'live' });
    loop.close();
    await vi.advanceTimersByTimeAsync(1_000);
  });

  it('waits longer after each failure, as long as the venue says, and goes on', async () => {
    const { loop, begun } = started(async (call) => {
      if (call === 1) throw new Error('fetch failed');
      if (call === 2) throw new PollFailure('too many requests', 5_000);
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(loop.report()).toMatchObject({ state: 'waiting', reason: 'fetch failed' });
    await vi.advanceTimersByTimeAsync(6_500);
    expect(begun).toEqual([0, 2_000, 7_000]);
    expect(loop.report().state).toBe('live');
    loop.close();
  });

  it('gives up a request that does not end, and takes nothing from it', async () => {
    let aborted = false;
    const { loop, sink, begun } = started(async (call, into, signal) => {
      if (call > 1) return;
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      await wait(4_000);
      into.quote({ ...createInstrumentQuote(), id: 'late' });
    });
    await vi.advanceTimersByTimeAsync(3_100);
    expect(aborted).toBe(true);
    expect(loop.report()).toMatchObject({ state: 'waiting', reason: 'no answer within 3000 ms' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun).toEqual([0, 5_000]);
    expect(sink.quoted).toEqual([]);
    loop.close();
  });

  it('says that credentials are refused', async () => {
    const { loop, begun } = started(async () => {
      throw new CredentialsRefused('the token expired');
    });
    await vi.advanceTimersByTimeAsync(7_000);
    expect(begun).toEqual([0]);
    expect(loop.report()).toMatchObject({ state: 'refused', reason: 'the token expired' });
    loop.close();
  });

  it('asks for nothing while there is nothing to ask for', async () => {
    const options: OptionInstrument[] = [];
    const { loop, begun } = started(async () => undefined, options);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun).toEqual([]);
    options.push({} as OptionInstrument);
    await vi.advanceTimersByTimeAsync(300);
    expect(begun).toHaveLength(1);
    loop.close();
  });

  it('ends at once, during a request too', async () => {
    let signal: AbortSignal | undefined;
    const { loop } = started((_call, _sink, given) => {
      signal = given;
      return new Promise((_resolve, reject) => given.addEventListener('abort', () => reject(given.reason)));
    });
    await vi.advanceTimersByTimeAsync(0);
    loop.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(signal?.aborted).toBe(true);
    expect(loop.report().state).toBe('closed');
  });
});
