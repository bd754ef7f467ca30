import { expect, it } from 'vitest';
import { canAskForField, readFilter, withField, writeFilter } from './log-filter.ts';

it('reads what it wrote, and leaves what is of others', () => {
  const query = new URLSearchParams('product=NIFTY&log-service=feed');
  writeFilter(query, { service: '', text: ' a=b & c ', user_id: '7', level: 'warn' });
  expect(query.get('product')).toBe('NIFTY');
  expect(query.has('log-service')).toBe(false);
  expect(readFilter(`?${query}`)).toEqual({ text: 'a=b & c', user_id: '7', level: 'warn' });
});

it('keeps criteria that are not named in a change', () => {
  const query = new URLSearchParams('log-event=request_completed&log-level=error');
  writeFilter(query, { level: '' });
  expect(readFilter(String(query))).toEqual({ event: 'request_completed' });
});

it('leaves out a level that there is not, and what the server would refuse as too long', () => {
  expect(readFilter(`log-level=loud&log-user-id=${'x'.repeat(201)}&log-product=%20`)).toEqual({});
});

it('asks for several fields, each by one value', () => {
  expect(withField(undefined, 'status', '503')).toBe('status=503');
  expect(withField('status=200,source.name=feed', 'status', '503')).toBe('source.name=feed,status=503');
  expect([canAskForField('a', 'x'), canAskForField('a', 'x,y'), canAskForField('a=b', 'x')]).toEqual([
    true,
    false,
    false,
  ]);
});
