import { expect, it } from 'vitest';
import { createResumeGap } from './resume-gap.ts';

it('tells of all that is missing for a while after the last of it, and begins anew then', () => {
  let nowMs = 1_000;
  const logged: Readonly<Record<string, unknown>>[] = [];
  const gap = createResumeGap({
    warnPaced: (_subject, event, fields) => void logged.push({ event, ...fields }),
    shownMs: 100,
    now: () => nowMs,
  });
  expect(gap.text()).toBeNull();
  gap.note('NIFTY', 7);
  expect(gap.text()).toMatch(/^7 chains of NIFTY came while nobody evaluated them/);
  nowMs += 99;
  gap.note('SPX', 5);
  expect(gap.text()).toMatch(/^12 chains of 2 products /);
  expect(logged.at(-1)).toEqual({
    ...{ event: 'alert_resume_gap', product: 'SPX', chains: 5 },
    ...{ chains_so_far: 12, products_so_far: 2 },
  });
  nowMs += 100;
  expect(gap.text()).toBeNull();
  gap.note('SPX', 1);
  expect(gap.text()).toMatch(/^1 chains of SPX /);
});
