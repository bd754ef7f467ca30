import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStoredAnalytics } from '../stored-analytics.fixture.ts';
import { curvedChain } from '../volatility/fitting/curved-chain.fixture.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const INSTANTS = 40;
const iso = (minute: number) => new Date(AT + minute * 60_000).toISOString();

describe('requests as of many instants', () => {
  let analytics: Awaited<ReturnType<typeof openStoredAnalytics>>;
  beforeAll(async () => {
    analytics = await openStoredAnalytics({ maxWaitingAsOf: 2, surfaceStaleMs: 0 });
    const minutes = Array.from({ length: INSTANTS }, (_, i) => i);
    await analytics.store.putSnapshots(
      minutes.map((minute) => curvedChain('NIFTY', '2026-08-25', AT + minute * 60_000)),
    );
  });
  afterAll(() => analytics.close());

  it('are refused beyond a bound with the time to try again, and live ones are answered meanwhile', async () => {
    const asked = Array.from({ length: INSTANTS - 1 }, (_, i) =>
      analytics.ask(`surface-fit/NIFTY?at=${iso(i)}`),
    );
    const live = await Promise.all([1, 2, 3].map(() => analytics.ask('surface-fit/NIFTY')));
    expect(live.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(live[0].json().timestamp).toBe(iso(INSTANTS - 1));
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThan(2);
    for (const { statusCode, headers, body } of refused) {
      expect([statusCode, headers['retry-after']]).toEqual([503, '1']);
      expect(JSON.parse(body)).toMatchObject({
        code: 'unavailable',
        detail: '2 surfaces and forecasts as of an instant wait to be computed already',
      });
    }
    // Who tries again is served.
    expect((await analytics.ask(`surface-fit/NIFTY?at=${iso(0)}`)).statusCode).toBe(200);
  });
});
