import { describe, expect, it } from 'vitest';
import { announcement, parsedFault } from './simulate.ts';

describe('a fault on the command line', () => {
  it('is a kind, with its time where it has one', () => {
    expect(parsedFault('zeros')).toEqual({ kind: 'zeros' });
    expect(parsedFault('late=500')).toEqual({ kind: 'late', byMs: 500 });
    expect(parsedFault('late')).toEqual({ kind: 'late', byMs: 1000 });
    expect(parsedFault('disconnects=20')).toEqual({ kind: 'disconnects', everyMs: 20 });
    expect(parsedFault('slow_drip=20')).toEqual({ kind: 'slow_drip', overMs: 20 });
  });

  it.each(['fire', 'zeros=5', 'late=soon', 'late=0', ''])('is not %j', (text) => {
    expect(() => parsedFault(text)).toThrow(/--fault: .* is not one of silence, .*late=MS/);
  });
});

it('the command to connect with has the address and the keys', () => {
  const keys = { apiKey: 'simulated', accessToken: 'simulated' };
  expect(announcement('kite', 'http://127.0.0.1:9000', ['NIFTY'], keys, null)).toBe(
    'kite is simulated at http://127.0.0.1:9000, with NIFTY\n' +
      'Connect to it: deltastream --source kite --kite-url http://127.0.0.1:9000 --products NIFTY ' +
      '--kite-api-key simulated --kite-access-token simulated\n',
  );
  expect(announcement('dhan', 'http://127.0.0.1:9000', ['NIFTY'], { clientId: 'me' }, null)).toContain(
    '--dhan-url http://127.0.0.1:9000 --products NIFTY --dhan-client-id me\n',
  );
  expect(announcement('other', 'http://127.0.0.1:9000', ['SPY'], null, { kind: 'zeros' })).toBe(
    'other is simulated at http://127.0.0.1:9000, with SPY\nWhat goes wrong: zeros\nIt accepts everybody\n',
  );
});

it('prints what connects to a venue whose terms are to be accepted', () => {
  expect(announcement('cboe', 'http://127.0.0.1:9', ['SPY'], null, null)).toContain(
    'deltastream --source cboe --cboe-url http://127.0.0.1:9 --products SPY --cboe-terms-accepted\n',
  );
});
