import { expect, it } from 'vitest';
import { readRule } from './rules/rules.ts';
import { storable } from './storable-text.ts';

it('puts another character in the place of what not every store keeps, and leaves the rest', () => {
  expect(storable('a\0b \ud800 c 😀 ü \n')).toBe('a\ufffdb \ufffd c 😀 ü \n');
});

const DRAFT = { name: 'High', products: ['NIFTY'], condition: 'pcr_oi > 1.2' };

it.each([
  ['name', { name: 'a\0' }],
  ['condition', { condition: 'product == "\0"' }],
  ['clear_condition', { clear_condition: 'product == "\ud800"' }],
  ['message', { message: '\udfff' }],
])('refuses a %s that not every store keeps', (field, given) => {
  expect(() => readRule({ ...DRAFT, ...given }, 'rules[3]')).toThrow(
    `rules[3].${field}: has the character U+0000`,
  );
  expect(readRule({ ...DRAFT, message: '😀' }, 'rule').message).toBe('😀');
});
