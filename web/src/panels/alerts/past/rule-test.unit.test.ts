import { describe, expect, it, vi } from 'vitest';
import { createRuleTest, outcomeText, type RuleTest } from './rule-test.ts';

type Events = Parameters<
  Parameters<RuleTest['start']>[0] extends (signal: AbortSignal) => infer E ? (events: E) => void : never
>[0];
type TestEvent = Events extends AsyncIterable<infer E> ? E : never;

const AT = '2026-08-19T10:00:00.000Z';
const firing = (product: string): TestEvent => ({
  event: 'firing',
  data: {
    rule: 'PCR high',
    severity: 'warning',
    product,
    expiry: null,
    at: AT,
    message: 'high',
    figures: {},
  },
});
const PROGRESS = { at: AT, fraction: 0.5, chains: 10, firings: 1 };
const end = (reason: 'complete' | 'failed', detail: string | null = null): TestEvent => ({
  event: 'end',
  data: { ...PROGRESS, fraction: 1, reason, detail, last: [] },
});
const instant = (iso: string) => iso.slice(11, 16);

async function* given(...events: readonly TestEvent[]): AsyncGenerator<TestEvent> {
  yield* events;
}

/** A test that is drawn at once, unless it is said when. */
function stand(whenDrawn: (draw: () => void) => unknown = (draw) => draw()) {
  const test = createRuleTest(whenDrawn);
  return { test, phase: (phase: string) => vi.waitFor(() => expect(test.state().phase).toBe(phase)) };
}

describe('when a rule would have fired', () => {
  it('is listed as it comes, with how far it is, until the end', async () => {
    const { test, phase } = stand();
    test.start(() =>
      given(firing('NIFTY'), { event: 'progress', data: PROGRESS }, firing('BTC'), end('complete')),
    );
    expect(test.state().phase).toBe('running');
    await phase('ended');
    expect(test.state().firings.map(({ product }) => product)).toEqual(['NIFTY', 'BTC']);
    expect(test.state().progress?.fraction).toBe(1);
    expect(outcomeText(test.state(), instant)).toBe('Complete');
  });

  it('is drawn once for all that came since', async () => {
    const draws: (() => void)[] = [];
    const { test, phase } = stand((draw) => draws.push(draw));
    const seen = vi.fn();
    test.subscribe(seen);
    test.start(() => given(firing('NIFTY'), firing('BTC'), end('complete')));
    await phase('ended');
    expect(draws).toHaveLength(1);
    draws[0]();
    expect(seen).toHaveBeenCalledTimes(1);
    expect(test.state().firings).toHaveLength(2);
  });

  it('can be cancelled, and what comes then is not shown', async () => {
    const { test } = stand();
    const gate = Promise.withResolvers<void>();
    let asked: AbortSignal | null = null;
    test.start(async function* (signal) {
      asked = signal;
      yield firing('NIFTY');
      await gate.promise;
      yield firing('BTC');
    });
    await vi.waitFor(() => expect(test.state().firings).toHaveLength(1));
    test.cancel();
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toMatchObject({ aborted: true });
    expect(test.state()).toMatchObject({ phase: 'cancelled', firings: [{ product: 'NIFTY' }] });
  });

  it('begins anew without what was before', async () => {
    const { test, phase } = stand();
    test.start(() => given(firing('NIFTY'), end('complete')));
    await phase('ended');
    test.start(() => given(end('complete')));
    expect(test.state()).toMatchObject({ phase: 'running', firings: [], end: null });
    await phase('ended');
  });

  it('says why it ended otherwise', async () => {
    const { test, phase } = stand();
    test.start(() => given(end('failed', 'the store is away')));
    await phase('failed');
    expect(outcomeText(test.state(), instant)).toBe('It failed, up to 10:00: the store is away');
    test.start(() => given({ event: 'progress', data: PROGRESS }));
    await phase('cut');
    expect(outcomeText(test.state(), instant)).toBe('The server ended it without saying why, up to 10:00');
    // biome-ignore lint/correctness/useYield: it fails before anything comes.
    test.start(async function* () {
      throw new Error('refused');
    });
    await phase('failed');
    expect(outcomeText(test.state(), instant)).toBe('refused');
  });
});
