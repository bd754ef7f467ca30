import { expect, it } from 'vitest';
import { base64Of, partsOf } from './recording-parts.ts';

it('brings a recording in parts that follow each other, the last of which completes it', () => {
  expect(partsOf(1_048_576)).toEqual([{ offset: 0, end: 1_048_576, complete: true }]);
  expect(partsOf(1_048_577)).toEqual([
    { offset: 0, end: 1_048_576, complete: false },
    { offset: 1_048_576, end: 1_048_577, complete: true },
  ]);
  expect(partsOf(0)).toEqual([{ offset: 0, end: 0, complete: true }]);
});

it('writes bytes as Base64, more than a function has arguments', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
  expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'));
});
