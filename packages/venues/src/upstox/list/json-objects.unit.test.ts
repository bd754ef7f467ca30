import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonObjects } from './json-objects.ts';

async function objectsIn(text: string, sizes: readonly number[] = [7]): Promise<unknown[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0, i = 0; at < bytes.length; at += sizes[i % sizes.length], i++) {
      yield bytes.subarray(at, at + sizes[i % sizes.length]);
    }
  }
  const found: unknown[] = [];
  for await (const texts of jsonObjects(chunks())) found.push(...texts.map((each) => JSON.parse(each)));
  return found;
}

test('objects of any content come as they are, wherever the pieces break', async () => {
  const row = fc.dictionary(fc.string({ unit: 'binary', maxLength: 12 }), fc.jsonValue({ maxDepth: 2 }), {
    noNullPrototype: true,
    maxKeys: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(undefined, 2),
      async (rows, sizes, indent) => {
        const text = JSON.stringify(rows, null, indent);
        expect(await objectsIn(text, sizes)).toEqual(JSON.parse(text));
      },
    ),
    { numRuns: 150 },
  );
});

test('a list that breaks off is told from a complete one', async () => {
  const text = JSON.stringify([{ a: '}]' }, { b: [1, { c: ']' }] }]);
  for (let end = 0; end < text.length; end++) {
    await expect(objectsIn(text.slice(0, end))).rejects.toThrow('the array does not end');
  }
});

test('an object of no end is not collected', async () => {
  await expect(objectsIn(`[{"a":"${'x'.repeat(70_000)}`, [4096])).rejects.toThrow('65536 characters');
});
