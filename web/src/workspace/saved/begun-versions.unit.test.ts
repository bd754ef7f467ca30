import { describe, expect, it } from 'vitest';
import { createBegunVersions, unlikeSaved } from './begun-versions.ts';

/** Storage of one tab. */
function tab() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}
const saved = (version: number) => ({ layout: '1.chain', version });

describe('the version that a layout began from', () => {
  it('outlives a reload, for each name of each reader', () => {
    const storage = tab();
    const before = createBegunVersions(storage);
    before.keep('u1', 'Desk', Number.MAX_SAFE_INTEGER, '1.chain');
    before.keep('u1', 'New', null, '1.smile');
    const after = createBegunVersions(storage);
    expect(after.of('u1', 'Desk', '1.chain')).toBe(Number.MAX_SAFE_INTEGER);
    expect(after.of('u1', 'New', '1.smile')).toBeNull();
    expect(after.of('u2', 'Desk', '1.chain')).toBeUndefined();
    expect(createBegunVersions(tab()).of('u1', 'Desk', '1.chain')).toBeUndefined();
  });

  it('is not that of another layout under the same name, which came by a link', () => {
    const begun = createBegunVersions(tab());
    begun.keep('u1', 'Desk', 3, '1.chain');
    expect(begun.of('u1', 'Desk', '1.smile')).toBeUndefined();
  });

  it('is known as long as the page where the browser stores nothing', () => {
    const begun = createBegunVersions({ getItem: () => null, setItem() {} });
    begun.keep('u1', 'Desk', 3, '1.chain');
    expect(begun.of('u1', 'Desk', '1.chain')).toBe(3);
  });

  it('is none where something else was stored', () => {
    const begun = createBegunVersions({ getItem: () => '-1 1.chain', setItem() {} });
    expect(begun.of('u1', 'Desk', '1.chain')).toBeUndefined();
  });
});

describe('a saved workspace', () => {
  it.each([
    ['from that version', 3, saved(3), null],
    ['where none was saved, and none is', null, null, null],
    ['from an earlier version', 3, saved(4), 'changed elsewhere'],
    ['from one that is deleted', 3, null, 'changed elsewhere'],
    ['where none was saved, and one is by now', null, saved(1), 'changed elsewhere'],
    ['from a link', undefined, saved(3), 'of a link'],
    ['from a link whose name nothing is saved under', undefined, null, null],
  ])('may be replaced by what began %s, or not', (_case, begun, now, why) => {
    expect(unlikeSaved(begun, now)).toBe(why);
  });
});
