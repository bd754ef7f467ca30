import { expect, it } from 'vitest';
import { shipTargets } from './targets.ts';

const headersOf = (shipLogsCredentials: string) =>
  Object.fromEntries(
    shipTargets({ shipLogsTo: ['a=loki+http://x', 'b=otlp+http://y'], shipLogsCredentials }).map(
      ({ name, headers }) => [name, headers],
    ),
  );

it('takes credentials by line and by comma', () => {
  expect(headersOf('a=ApiKey one,b=x-team: 1234\n b=Bearer two \n')).toEqual({
    a: { authorization: 'ApiKey one' },
    b: { 'x-team': '1234', authorization: 'Bearer two' },
  });
});

it('takes a value in quotes with commas, quotes and backslashes', () => {
  expect(
    headersOf('a="Digest username=\\"x\\", realm=\\"y, z\\"",b="x-teams: one, t\\\\wo",b=three'),
  ).toEqual({
    a: { authorization: 'Digest username="x", realm="y, z"' },
    b: { 'x-teams': 'one, t\\wo', authorization: 'three' },
  });
});

it('takes quotes that are not around a value as part of it, as ever', () => {
  expect(headersOf('a=x-id: "one",b=Custom k="v"')).toEqual({
    a: { 'x-id': '"one"' },
    b: { authorization: 'Custom k="v"' },
  });
});
