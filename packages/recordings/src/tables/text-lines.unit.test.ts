import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_LINE_LENGTH, textLines } from './text-lines.ts';

async function* inChunks(bytes: Uint8Array, size: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
  if (failure) throw failure;
}

async function linesOf(text: string, size: number, failure?: Error) {
  const lines: string[] = [];
  let broken: unknown = null;
  for await (const item of textLines(inChunks(new TextEncoder().encode(text), size, failure))) {
    if (item.kind === 'broken_off') broken = { line: item.line, reason: item.reason };
    else {
      expect(item.first).toBe(lines.length + 1);
      lines.push(...item.lines);
    }
  }
  return { lines, broken };
}

test('lines are the same whatever the chunks', async () => {
  const text = fc.array(fc.constantFrom('a', 'é', '₹', '\n', '\r\n', ',')).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (content, size) => {
      const wanted = content.split('\n').map((line) => line.replace(/\r$/, ''));
      if (content === '' || content.endsWith('\n')) wanted.pop();
      expect((await linesOf(content, size)).lines).toEqual(wanted);
    }),
  );
});

test('broken off: the complete lines, then where and why', async () => {
  expect(await linesOf('a\nb\nunfin', 4, new Error('cut'))).toEqual({
    lines: ['a', 'b'],
    broken: { line: 3, reason: 'cut' },
  });
});

test('a line without end does not grow without bound', async () => {
  const { lines } = await linesOf(`${'x'.repeat(5 * MAX_LINE_LENGTH)}\nnext`, 1000);
  expect(lines[0].length).toBeLessThan(2 * MAX_LINE_LENGTH);
  expect(lines[1]).toBe('next');
});
