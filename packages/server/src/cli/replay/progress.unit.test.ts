import { expect, it } from 'vitest';
import { line } from './progress.ts';

const progress = {
  position: 250,
  total: 1000,
  unit: 'bytes' as const,
  chains: 90,
  ticks: 10,
  rejected: 0,
  timestamp: Date.UTC(2026, 7, 19, 6, 30),
  elapsedMs: 5000,
};

it('shows position, rate and time left', () => {
  expect(line('[==  ]', progress)).toBe('[==  ] 25% | 2026-08-19T06:30Z | 20 messages/s | 15 s left');
});

it('says what is not known yet, and what was rejected', () => {
  expect(line('', { ...progress, position: 0, timestamp: null, elapsedMs: 0 })).toContain(
    'starting | 0 messages/s | ? left',
  );
  expect(line('', { ...progress, rejected: 3 })).toMatch(/3 rejected$/);
  expect(line('', { ...progress, elapsedMs: 60_000 })).toContain('3 min 0 s left');
});
