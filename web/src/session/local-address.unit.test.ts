import { expect, it } from 'vitest';
import { addressAfterLogin, localAddress, loginAddress } from './local-address.ts';

it.each([
  [null, '/'],
  ['/chain?product=NIFTY&at=2026-08-19T04:00:00Z', '/chain?product=NIFTY&at=2026-08-19T04:00:00Z'],
  ['/admin', '/admin'],
  ['/logs/traces/0af7?log-text=x', '/logs/traces/0af7?log-text=x'],
  ['/logs/traces/', '/'],
  ['/logs/traces/a/../../login', '/'],
  ['/login?to=/login', '/'],
  ['//evil.example/chain', '/'],
  ['https://evil.example', '/'],
  ['/\\evil.example', '/'],
  ['javascript:alert(1)', '/'],
])('after a login to %s the reader is at %s', (to, at) => expect(localAddress(to)).toBe(at));

it.each([
  ['/admin', '', '/admin'],
  ['/chain', 'product=BTC', '/chain?product=BTC'],
  ['/login', 'to=%2Fchain%3Fproduct%3DBTC', '/chain?product=BTC'],
  ['/login', '', null],
  ['/login', 'state=s&code=c', null],
])('a login at %s with “%s” leads to %s', (path, search, to) =>
  expect(addressAfterLogin(path, search)).toBe(to),
);

it('leads to the login and back with its query', () => {
  const address = new URL(loginAddress('/chain', 'product=M%26M&expiry=2026-08-25'), 'http://localhost');
  expect(address.pathname).toBe('/login');
  expect(localAddress(address.searchParams.get('to'))).toBe('/chain?product=M%26M&expiry=2026-08-25');
});
