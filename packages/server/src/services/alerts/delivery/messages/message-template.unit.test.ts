import { describe, expect, it } from 'vitest';
import { fillTemplate, type TemplateValue, templateNames, templateProblem } from './message-template.ts';

const NAMES = new Set(['product', 'pcr_oi', 'atm_iv', 'spot', 'flags']);
const fill = (template: string, values: Readonly<Record<string, TemplateValue>>) =>
  fillTemplate(template, (name) => (Object.hasOwn(values, name) ? values[name] : null));

describe('a template', () => {
  it('has values in the places of their names', () => {
    const values = { product: 'NIFTY', pcr_oi: 1.23456, spot: 25_650.5, flags: ['frozen', 'partial'] };
    expect(fill('PCR of {product} is { pcr_oi } at {spot} ({flags})', values)).toBe(
      'PCR of NIFTY is 1.235 at 25,650.5 (frozen, partial)',
    );
  });

  it('has a dash for what is null or no number, never a 0', () => {
    expect(fill('{pcr_oi} {spot}', { pcr_oi: null, spot: Number.NaN })).toBe('– –');
  });

  it('shows each figure in the form of the catalogue', () => {
    expect(fill('{atm_iv}', { atm_iv: 0.12345 })).toBe('12.3%');
    expect(fill('{unknown}', { unknown: 0.123456 })).toBe('0.1235');
  });

  it('has two braces for one', () => {
    expect(fill('{{pcr_oi}} = {pcr_oi}', { pcr_oi: 1 })).toBe('{pcr_oi} = 1');
  });

  it('is as long as a message may be', () => {
    expect(fill('{product}'.repeat(100), { product: 'NIFTY50' })).toHaveLength(500);
  });

  it('says which values it needs', () => {
    expect(templateNames('{product} {pcr_oi} {product} {{spot}}')).toEqual(['product', 'pcr_oi']);
  });

  it('takes no values from where objects have theirs', () => {
    expect(templateProblem('{constructor}', NAMES)).toMatchObject({ position: 0 });
    expect(fill('{toString}', {})).not.toContain('native');
  });
});

it.each([
  ['{product} at {spott}', '{spott} is not the name of a figure', 13],
  ['{}', '{} is not the name of a figure', 0],
  ['50 } of', 'a single }; write }} for the character', 3],
  ['a {product', 'a single {; write {{ for the character', 2],
  ['{a{b}}', 'a single {; write {{ for the character', 0],
])('%j is wrong: %s', (template, message, position) => {
  expect(templateProblem(template, NAMES)).toEqual({ message, position });
});

it.each(['no names', '{product}', '{{ }}', ''])('%j can be used', (template) => {
  expect(templateProblem(template, NAMES)).toBeNull();
});
