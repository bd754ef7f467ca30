import { afterEach, expect, it, vi } from 'vitest';
import { createLogger, serviceLogger } from '../log.ts';
import { createConsoleLog } from './console-log.ts';

afterEach(() => vi.restoreAllMocks());

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let shown = '';
  const log = createConsoleLog((text) => {
    shown += text;
  });
  write(createLogger('debug', log));
  return shown;
}

it('shows warnings and worse in a line each, with who says it and why', () => {
  const shown = logged((logger) => {
    serviceLogger(logger, 'feed').event(
      'feed_publish_retried',
      { reason: 'no answer' },
      'the source is away',
    );
    logger.event('request_failed', { err: new Error('broken') });
  });
  expect(shown).toBe('warn feed: the source is away: no answer\nerror platform: request failed: broken\n');
});

it('reads no more than the level of what it does not show', () => {
  const parse = vi.spyOn(JSON, 'parse');
  expect(logged((logger) => logger.event('feed_started', { level: 'inside' }))).toBe('');
  expect(logged((logger) => logger.event('span', {}, '"level":"error"'))).toBe('');
  expect(parse).not.toHaveBeenCalled();
});

it('shows a text with control characters as one line that a terminal does nothing for', () => {
  const shown = logged((logger) =>
    logger.event('request_failed', { reason: 'no\nerror auth: \u001b[2J\u009b1A\u202egnp' }),
  );
  expect(shown).toBe('error platform: request failed: no\\u000aerror auth: \\u001b[2J\\u009b1A\\u202egnp\n');
});

it('shows of many lines those that it shows one by one', () => {
  let shown = '';
  const log = createConsoleLog((text) => {
    shown += text;
  });
  const bytes = Buffer.from('{"level":"warn","service":"feed","message":"away"}\n'.repeat(2));
  log.writeBatch?.({ bytes, count: 2 }, 'warn');
  expect(shown).toBe('warn feed: away\nwarn feed: away\n');
  const parse = vi.spyOn(JSON, 'parse');
  log.writeBatch?.({ bytes, count: 2 }, 'info');
  expect(parse).not.toHaveBeenCalled();
});
