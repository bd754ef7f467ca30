import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ASVS, renderAsvs } from './asvs.ts';

const ROOT = new URL('../../../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');

it('the page is what the table says (node .ci/write-asvs.ts writes it)', () => {
  expect(read('docs/asvs.md')).toBe(renderAsvs());
});

it('names tests that are there, under ids that are in order and not repeated', () => {
  for (const { id, evidence } of ASVS) {
    expect(id).toMatch(/^\d{1,2}\.\d\.\d{1,2}$/);
    if (evidence !== null) expect(read(evidence[0]), id).toContain(`'${evidence[1]}'`);
  }
  const order = ASVS.map(({ id }) => id.split('.').reduce((sum, part) => sum * 100 + Number(part), 0));
  expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b));
});
