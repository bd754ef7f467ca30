import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNewestTimes } from './newest-times.ts';

it('says of times in any order what a list of all of them says', () => {
  const times = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 80 });
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 200 }),
      (all, most, from) => {
        const newest = createNewestTimes(most);
        for (const each of all) newest.add(each);
        const later = all.filter((each) => each > from).length;
        expect(newest.isAboveAfter(from)).toBe(later > most);
        expect(newest.countAfter(from)).toBe(Math.min(later, most + 1));
        const last = Math.max(...all);
        expect(newest.isAboveWithin(50)).toBe(all.filter((each) => each > last - 50).length > most);
      },
    ),
  );
});
