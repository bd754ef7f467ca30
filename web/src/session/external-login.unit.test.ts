import { expect, it } from 'vitest';
import { readBegunLogin } from './external-login.ts';

it('reads a login that this tab began', () => {
  const begun = { flow: 'f', asksForCode: true, to: '/chain' };
  expect(readBegunLogin(JSON.stringify(begun))).toEqual(begun);
  expect(readBegunLogin('{"flow":"f"}')).toEqual({ flow: 'f', asksForCode: false, to: null });
});

it.each([null, '', '{', 'null', '"text"', '{"flow":1}'])('reads none out of %s', (json) => {
  expect(readBegunLogin(json)).toBeNull();
});
