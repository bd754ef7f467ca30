import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createOriginRule } from './origin-rule.ts';

const from = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

describe('origin rule', () => {
  it.each<[name: string, headers: Record<string, string>, allowed: boolean]>([
    ['a program', {}, true],
    ['a program that says its host', { host: 'desk:8000' }, true],
    ['its own page', { origin: 'http://desk:8000', host: 'desk:8000' }, true],
    ['another port', { origin: 'http://desk:9000', host: 'desk:8000' }, false],
    [
      'its page behind a proxy',
      { origin: 'https://d.example', host: 'up', 'x-forwarded-host': 'd.example' },
      true,
    ],
    ['a listed origin', { origin: 'https://listed.example', host: 'desk' }, true],
    ['a page with no origin of its own', { origin: 'null', host: 'desk' }, false],
    ['debris', { origin: '::', host: 'desk' }, false],
    ['an empty origin', { origin: '', host: 'desk' }, false],
    ['its own page that reads', { host: 'desk', 'sec-fetch-site': 'same-origin', cookie: 'a=b' }, true],
    ['a script of another page', { host: 'desk', 'sec-fetch-site': 'cross-site' }, false],
    ['a page of the same site', { host: 'desk', 'sec-fetch-site': 'same-site' }, false],
    ['an address that was typed in', { host: 'desk', 'sec-fetch-site': 'none' }, false],
    ['the fetch of Node, a program', { host: 'desk', 'sec-fetch-mode': 'cors' }, true],
    ['cookies without an origin', { host: 'desk', cookie: 'a=b' }, false],
  ])('%s', (_name, headers, allowed) => {
    expect(createOriginRule(['https://listed.example'])(from(headers))).toBe(allowed);
    expect(createOriginRule(['*'])(from(headers))).toBe(true);
  });
});
