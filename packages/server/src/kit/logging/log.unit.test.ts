import { LOG_EVENTS } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { inLogContext, type Span } from '../tracing/trace-context.ts';
import { createLogger, serviceLogger } from './log.ts';
import { createLogLevels } from './log-levels.ts';
import { REMOVED } from './redaction.ts';

function logged() {
  const lines: string[] = [];
  const levels = createLogLevels('info');
  const logger = createLogger(levels, { write: (line) => void lines.push(line) });
  return { levels, logger, lines, entries: () => lines.map((line) => JSON.parse(line)) };
}

it('writes level, time, service, event, message and for whom it is done, with their one names', () => {
  const { logger, entries } = logged();
  const context = { request_id: 'r1', trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), sampled: true };
  inLogContext(context, () =>
    serviceLogger(logger, 'feed').event('feed_conflating', { pressure: 0.7, product: 'NIFTY' }),
  );
  const { sampled: _, ...said } = context;
  expect(entries()).toEqual([
    {
      level: LOG_EVENTS.feed_conflating.level,
      timestamp: expect.any(Number),
      service: 'feed',
      event: 'feed_conflating',
      message: LOG_EVENTS.feed_conflating.meaning,
      pressure: 0.7,
      product: 'NIFTY',
      ...said,
    },
  ]);
});

it('says in every line what was learned of the context meanwhile, also after a wait', async () => {
  const { logger, entries } = logged();
  const context: { user_id?: string } = {};
  await inLogContext(context, async () => {
    await new Promise(setImmediate);
    context.user_id = '123';
    logger.event('feed_started');
  });
  logger.event('feed_started');
  expect(entries().map(({ user_id }) => user_id)).toEqual(['123', undefined]);
});

it('keeps lines by the level of their service, which may change', () => {
  const { logger, levels, entries } = logged();
  const [feed, auth] = ['feed', 'auth'].map((name) => serviceLogger(logger, name));
  const write = () => {
    feed.event('chain_processing_started');
    auth.event('chain_processing_started');
    auth.event('feed_started');
  };
  write();
  levels.set('feed', 'debug');
  levels.set('auth', 'silent');
  write();
  levels.set(null, 'error');
  write();
  expect(entries().map(({ service, event }) => `${service} ${event}`)).toEqual([
    'auth feed_started',
    'feed chain_processing_started',
  ]);
});

it('lets no secret through, by the name of its field or by its form', () => {
  const { logger, lines } = logged();
  const key = `ds_${'0a'.repeat(8)}_${'1b'.repeat(32)}`;
  logger.event('feed_started', {
    password: 'canary-1',
    body: { token: 'canary-2', deeper: { client_secret: 'canary-3' } },
    headers: { 'set-cookie': 'canary-4', authorization: 'canary-5' },
    reason: `redis://user:canary-6@host failed; Bearer canary-7777 ${key} eyJhbGciOi.eyJjYW5hcnk.c2lnbmF0dXJl`,
    url: 'https://host/path?x=1',
  });
  expect(lines.join('')).not.toMatch(/canary|ds_0a|eyJ/);
  expect(lines.join('')).toContain('https://host/path?x=1');
  expect(lines.join('').split(REMOVED)).toHaveLength(10);
});

it('finds secrets behind a line break, and reads a long text that begins like one often only once', () => {
  const { logger, lines } = logged();
  const signed = 'eyJhbGciOi.eyJjYW5hcnk.c2lnbmF0dXJl';
  const key = `ds_${'0a'.repeat(8)}_${'0b'.repeat(32)}`;
  logger.event('request_failed', { reason: `sent:\n${signed}\nBearer canary-7777\n${key}\t${signed}` });
  expect(lines.join('')).not.toMatch(/canary|ds_0a|eyJ/);
  const begun = performance.now();
  logger.event('request_failed', { reason: 'eyJaaaaa-'.repeat(50_000) });
  expect(performance.now() - begun).toBeLessThan(2_000);
});

const SPAN: Span = {
  name: 'GET /things/:id',
  kind: 'server',
  outcome: 'ok',
  startMs: 1.5,
  durationMs: 2.25,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
};

it('records a span as a line like every other, whatever the level, and shows those of the level only', () => {
  const [shown, recorded]: [string[], string[]] = [[], []];
  const levels = createLogLevels('info');
  const destination = {
    write: (line: string) => void shown.push(line),
    record: (line: string) => void recorded.push(line),
  };
  const logger = serviceLogger(createLogger(levels, destination), 'gateway').child({ topic: 't' });
  const write = () =>
    inLogContext({ request_id: 'r"1', user_id: '1', product: 'a\n' }, () =>
      logger.span({ ...SPAN, attributes: { status: 200, reason: undefined, delay_ms: null } }),
    );
  write();
  expect([shown.length, recorded.length]).toEqual([0, 1]);
  expect(JSON.parse(recorded[0])).toEqual({
    ...{ level: 'debug', timestamp: expect.any(Number), service: 'gateway', topic: 't', event: 'span' },
    ...{ request_id: 'r"1', trace_id: SPAN.traceId, span_id: SPAN.spanId, user_id: '1', product: 'a\n' },
    ...{ status: 200, delay_ms: null, parent_span_id: null, start_ms: 1.5, duration_ms: 2.25 },
    ...{ name: SPAN.name, kind: 'server', outcome: 'ok', message: SPAN.name },
  });
  expect(recorded[0].endsWith('}\n')).toBe(true);
  levels.set('gateway', 'debug');
  write();
  logger.span({ ...SPAN, outcome: 'error' });
  levels.set('gateway', 'silent');
  write();
  expect([shown.length, recorded.length]).toEqual([2, 1]);
});

it('lets no secret through in a span', () => {
  const { logger, lines } = logged();
  logger.span({
    ...SPAN,
    name: 'ask redis://user:canary-1@host',
    attributes: { token: 'canary-2', reason: 'Bearer canary-33333', 'set-cookie': 'canary-4' },
  });
  expect(lines.join('')).not.toContain('canary');
  expect(JSON.parse(lines[0])).toMatchObject({ token: REMOVED, name: `ask redis://user:${REMOVED}@host` });
});
