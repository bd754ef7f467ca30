import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LOG_EVENT_AREAS, LOG_EVENTS, logEventTables } from './log-events.ts';

it('names every event once, in snake_case, and says what it means', () => {
  const names = Object.values(LOG_EVENT_AREAS).flatMap((events) => Object.keys(events));
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(LOG_EVENTS)).toEqual(names);
  for (const [name, { level, meaning }] of Object.entries(LOG_EVENTS)) {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(['debug', 'info', 'warn', 'error'], name).toContain(level);
    expect(meaning.length, name).toBeGreaterThan(3);
  }
});

it('documents every event exactly as the catalogue has it', () => {
  const text = readFileSync(new URL('../../../../docs/log-events.md', import.meta.url), 'utf8');
  expect(text.slice(text.indexOf('## '))).toBe(logEventTables());
});
