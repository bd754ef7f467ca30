import { describe, expect, it } from 'vitest';
import { createComputedResults } from './computed-results.ts';
import type { Lane } from './lanes.ts';

describe('results of heavy computations', () => {
  const most = { live: 2, asOf: 2 };
  function resultsOf() {
    const computed: string[] = [];
    const lanes = {
      run: <T>(lane: Lane, work: (computations: never) => Promise<T>) => {
        computed.push(lane);
        return work({} as never);
      },
    };
    return { computed, results: createComputedResults<string>(lanes, { most }) };
  }
  const of = (key: string) => async () => `result of ${key}`;

  it('as of any number of instants remove no live one, and stay themselves within their own bound', async () => {
    const { computed, results } = resultsOf();
    await results.get('live', 'a', of('a'));
    await results.get('live', 'b', of('b'));
    for (let i = 0; i < 1000; i++) await results.get('asOf', `then ${i}`, of('then'));
    expect(results.cached('live', 'a')).toBe('result of a');
    expect(results.cached('live', 'b')).toBe('result of b');
    expect([997, 998, 999].map((i) => results.cached('asOf', `then ${i}`))).toEqual([
      undefined,
      'result of then',
      'result of then',
    ]);
    expect(computed).toHaveLength(1002);
  });

  it('of the newest chains are as of now, too, without staying longer for it', async () => {
    const { computed, results } = resultsOf();
    await results.get('live', 'a', of('a'));
    await results.get('live', 'b', of('b'));
    expect(await results.get('asOf', 'a', of('another a'))).toBe('result of a');
    expect(computed).toEqual(['live', 'live']);
    await results.get('live', 'c', of('c'));
    expect(results.cached('live', 'a')).toBeUndefined();
  });

  it('are computed once for all who ask at the same time, but what is live waits for nothing as of an instant', async () => {
    const { computed, results } = resultsOf();
    const { promise: held, resolve: release } = Promise.withResolvers<string>();
    const asOf = [1, 2].map(() => results.get('asOf', 'a', () => held));
    expect(await results.get('live', 'a', of('a'))).toBe('result of a');
    release('later');
    expect(await Promise.all(asOf)).toEqual(['later', 'later']);
    expect(computed).toEqual(['asOf', 'live']);
  });

  it('are computed again after a failure', async () => {
    const { results } = resultsOf();
    await expect(results.get('live', 'a', () => Promise.reject(new Error('no thread')))).rejects.toThrow();
    expect(await results.get('live', 'a', of('a'))).toBe('result of a');
  });
});
