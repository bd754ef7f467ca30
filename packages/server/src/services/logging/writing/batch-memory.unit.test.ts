import { expect, it } from 'vitest';
import { createBatchMemory } from './batch-memory.ts';

const batch = (text: string) => ({ bytes: Buffer.from(text), count: 1 });
const textOf = ({ bytes }: { readonly bytes: Uint8Array }) => Buffer.from(bytes).toString();

it('uses memory again that was given back, and none that is in use', () => {
  const memory = createBatchMemory();
  const given = batch('one\n');
  const one = memory.keep(given);
  given.bytes.fill(0);
  const two = memory.keep(batch('another\n'));
  expect([one, two].map(textOf)).toEqual(['one\n', 'another\n']);
  memory.release(one);
  const three = memory.keep(batch('3\n'));
  expect(three.bytes.buffer).toBe(one.bytes.buffer);
  expect([two, three].map(textOf)).toEqual(['another\n', '3\n']);
});

it('keeps what is longer than most, whose memory is not kept', () => {
  const memory = createBatchMemory();
  const long = memory.keep(batch('x'.repeat(200_000)));
  expect(textOf(long)).toHaveLength(200_000);
  memory.release(long);
  expect(memory.keep(batch('y')).bytes.buffer.byteLength).toBeLessThan(200_000);
});
