import { LOG_LEVELS } from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, serviceLogger } from '../../../kit/logging/log.ts';
import { parseLogLine } from './log-line.ts';
import { NO_CONTEXT } from './log-store.ts';

const limits = { maxLine: 1000, maxMessage: 100 };
const parse = (line: string) => parseLogLine(line, { ...limits, nowMs: 7 }, LOG_LEVELS);

describe('parseLogLine', () => {
  it('understands what the platform logger writes', () => {
    const lines: string[] = [];
    const logger = createLogger('trace', { write: (line) => void lines.push(line) });
    serviceLogger(logger, 'feed').event('message_left_out', { product: 'NIFTY', password: 'x' }, 'late tick');
    const entry = parse(lines[0]);
    expect(entry).toEqual({
      timestamp: expect.any(Number),
      level: 'warn',
      service: 'feed',
      message: 'late tick',
      ...NO_CONTEXT,
      event: 'message_left_out',
      product: 'NIFTY',
      fields: { password: '[removed]' },
    });
    expect(Math.abs(entry.timestamp - Date.now())).toBeLessThan(10_000);
  });

  it.each([
    [10, 'trace'],
    [20, 'debug'],
    [30, 'info'],
    [35, 'info'],
    [40, 'warn'],
    [50, 'error'],
    [60, 'fatal'],
    [0, 'trace'],
    [1e9, 'fatal'],
    ['warn', 'warn'],
    ['ERROR', 'error'],
    ['loud', 'info'],
  ])('reads level %j as %s', (level, name) => {
    expect(parse(JSON.stringify({ level })).level).toBe(name);
  });

  it('keeps a line that is no JSON object as a message', () => {
    const kept = { timestamp: 7, level: 'info', service: 'deltastream', ...NO_CONTEXT, fields: {} };
    expect(parse('plain text\n')).toEqual({ ...kept, message: 'plain text' });
    expect(parse('[1,2]')).toEqual({ ...kept, message: '[1,2]' });
    expect(parse('null')).toEqual({ ...kept, message: 'null' });
  });

  it('keeps a name of the context whose value is no text as a field, and each name once', () => {
    const given =
      '{"event":"a","request_id":null,"user_id":7,"product":{"a":1},"__proto__":{"b":2},"event_id":1}';
    const entry = parse(given);
    expect(entry).toMatchObject({ ...NO_CONTEXT, event: 'a' });
    expect(JSON.stringify(entry.fields)).toBe(
      '{"__proto__":{"b":2},"event_id":1,"user_id":7,"product":{"a":1}}',
    );
  });

  it('takes its own time where the line has none that a date can hold', () => {
    for (const time of [undefined, '2026', -1, 1e300]) {
      expect(parse(JSON.stringify({ time })).timestamp).toBe(7);
    }
  });

  it('cuts a long message and leaves the fields of a long line out', () => {
    const line = JSON.stringify({ level: 50, service: 'feed', msg: 'm'.repeat(200), data: 'd'.repeat(1000) });
    expect(parse(line)).toEqual({
      timestamp: 7,
      level: 'error',
      service: 'feed',
      message: 'm'.repeat(100),
      ...NO_CONTEXT,
      fields: { fields_left_out_of_characters: line.length },
    });
  });

  it('never throws, and always returns an entry that can be stored and shown', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .dictionary(fc.constantFrom('time', 'level', 'msg', 'x'), fc.jsonValue())
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(line, (text) => {
        const entry = parse(text);
        new Date(entry.timestamp).toISOString();
        JSON.stringify(entry.fields);
        expect(Number.isInteger(entry.timestamp)).toBe(true);
        expect(entry.message.length).toBeLessThanOrEqual(limits.maxMessage);
      }),
    );
  });
});
