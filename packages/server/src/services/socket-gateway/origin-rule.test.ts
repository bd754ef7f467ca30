import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createOriginRule } from './origin-rule.ts';

const from = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

describe('origin rule', () => {
  it.each([
    ['a program', {}, true],
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
  ])('%s', (_name, headers, allowed) => {
    expect(createOriginRule(['https://listed.example'])(from(headers as Record<string, string>))).toBe(
      allowed,
    );
    expect(createOriginRule(['*'])(from(headers as Record<string, string>))).toBe(true);
  });
});
