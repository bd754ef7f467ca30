import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PANELS } from '../../pages/panels.ts';
import { SHIPPED } from '../saved/shipped.ts';
import { fromDock, toDock } from './dock-layout.ts';
import { canonical, type Layout, type Node, panelsOf, percentages } from './layout.ts';
import { formatLayout, haveRoom, MOST_CHARACTERS, parseLayout } from './layout-text.ts';
import { formatPanelId } from './panel-id.ts';

const all = () => true;
const parsed = (text: string, isKnown: (name: string) => boolean = all) => {
  const result = parseLayout(text, isKnown);
  if ('refused' in result) throw new Error(`${text}: ${result.refused}`);
  return result;
};

/** Any layout of up to 24 panels, each once. */
const anyLayout: fc.Arbitrary<Layout> = fc
  .tuple(fc.integer({ min: 0, max: 24 }), fc.infiniteStream(fc.integer({ min: 0, max: 99 })))
  .map(([count, choices]) => {
    const next = () => choices.next().value as number;
    const build = (names: readonly string[], level: number): Node => {
      const parts = 2 + (next() % 3);
      if (names.length < parts || level > 20 || next() < 30) {
        return { tabs: names, active: names[next() % names.length] };
      }
      const direction = next() % 2 === 0 ? 'row' : 'column';
      const size = Math.ceil(names.length / parts);
      const chunks = Array.from({ length: parts }, (_, i) => names.slice(i * size, (i + 1) * size));
      return {
        direction,
        parts: chunks
          .filter((chunk) => chunk.length > 0)
          .map((chunk) => ({ share: 1 + next(), node: build(chunk, level + 1) })),
      };
    };
    const names = Array.from({ length: count }, (_, i) => `panel-${i}`);
    return count === 0 ? null : canonical(build(names, 0));
  });

describe('the text of a layout', () => {
  it('says rows, columns, tabs and which of them is seen', () => {
    const layout: Layout = {
      direction: 'row',
      parts: [
        { share: 60, node: { tabs: ['chain'], active: 'chain' } },
        {
          share: 40,
          node: {
            direction: 'column',
            parts: [
              { share: 50, node: { tabs: ['smile', 'surface'], active: 'surface' } },
              { share: 50, node: { tabs: ['oi-profile'], active: 'oi-profile' } },
            ],
          },
        },
      ],
    };
    const text = '1.R2.60.chain.40.C2.50.smile_*surface.50.oi-profile';
    expect(formatLayout(layout)).toBe(text);
    expect(parsed(text)).toEqual({ layout, unknown: [] });
    expect(parsed('1')).toEqual({ layout: null, unknown: [] });
    expect(new URLSearchParams({ layout: text }).toString()).toBe(`layout=${text}`);
  });

  it('says what a panel is pinned to, in a version of its own, so that others stay readable everywhere', () => {
    const text = '2.R2.60.chain_*chain*BTC.40.chain*NIFTY*2026-12-29_*smile';
    const { layout } = parsed(text, (panel) => panel in PANELS);
    expect(panelsOf(layout)).toEqual(['chain', 'chain*BTC', 'chain*NIFTY*2026-12-29', 'smile']);
    expect(formatLayout(layout)).toBe(text);
    expect(new URLSearchParams({ layout: text }).toString()).toBe(`layout=${text}`);
    expect(formatLayout(parsed('2.chain').layout)).toBe('1.chain');
  });

  it('has room for so many panels that every arrangement of them can be read', () => {
    const arranged = (names: readonly string[]) =>
      names
        .map((name): Layout => ({ tabs: [name], active: name }))
        .reduce(
          (inner, group, i): Layout =>
            inner && group
              ? {
                  direction: i % 2 ? 'row' : 'column',
                  parts: [
                    { share: 50, node: inner },
                    { share: 50, node: group },
                  ],
                }
              : group,
          null,
        );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 41 }), fc.integer({ min: 1, max: 24 }), (count, length) => {
        const names = Array.from({ length: count }, (_, i) =>
          formatPanelId({
            panel: 'volatility-forecast',
            pin: { product: `A${i}`.padEnd(length, 'X'), expiry: '2026-12-29' },
          }),
        );
        fc.pre(haveRoom(names));
        const text = formatLayout(arranged(names));
        expect(parsed(text).unknown).toEqual([]);
      }),
    );
    expect(haveRoom(Array.from({ length: 41 }, (_, i) => `p${i}`))).toBe(false);
    expect(haveRoom(Array.from({ length: 40 }, (_, i) => `volatility-forecast*A${i}*2026-12-29`))).toBe(true);
    expect(haveRoom(Array.from({ length: 40 }, (_, i) => `${'p'.repeat(40)}*A${i}`))).toBe(false);
  });

  it('is read as it was written, whatever the layout', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const text = formatLayout(layout);
        expect(text.length).toBeLessThan(MOST_CHARACTERS);
        expect(parsed(text)).toEqual({ layout, unknown: [] });
      }),
    );
  });

  it('never throws, whatever is in a link', () => {
    const token = fc.constantFrom(
      '1',
      '2',
      'R2',
      'C3',
      'R99',
      '50',
      '100',
      '0',
      'chain',
      'a_b',
      '*a',
      'a_*b',
      '',
    );
    const broken = fc.oneof(
      fc.string(),
      fc.array(token).map((tokens) => tokens.join('.')),
    );
    fc.assert(
      fc.property(broken, (text) => {
        const result = parseLayout(text, all);
        if ('refused' in result) expect(result.refused).not.toBe('');
        else expect(parsed(formatLayout(result.layout)).layout).toEqual(result.layout);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['', 'does not begin with its version'],
    ['chain', 'does not begin with its version'],
    ['3.chain', 'of version 3, and this release reads 1 and 2'],
    ['1.chain*BTC', 'not the name of a panel'],
    ['2.chain*btc', 'not the name of a panel'],
    ['2.chain*BTC_chain*BTC', 'stands in it twice'],
    ['1.R2.50.chain', 'ends before its last part|not a share'],
    ['1.R2.50.chain.60.smile', 'add up to 110 percent'],
    ['1.R1.99.chain', 'needs 2 or more'],
    ['1.R2.0.chain.100.smile', 'not a share'],
    ['1.chain.smile', 'follows after its end'],
    ['1.chain_chain', 'stands in it twice'],
    ['1.<script>', 'not the name of a panel'],
    ['1.*a_*b', 'both seen'],
    [`1.${'a'.repeat(3_000)}`, 'characters, and at most'],
    [`1.${Array.from({ length: 41 }, (_, i) => `p${i}`).join('_')}`, 'more than 40 panels'],
  ])('is refused with what is wrong: %s', (text, reason) => {
    const result = parseLayout(text, all);
    expect('refused' in result && result.refused).toMatch(new RegExp(reason));
  });

  it('is shown without the panels that this release does not have, which are named', () => {
    const text = '1.R2.60.flow.40.C2.50.smile_*tape.50.oi-profile';
    const { layout, unknown } = parsed(text, (name) => name in PANELS);
    expect(unknown).toEqual(['flow', 'tape']);
    expect(formatLayout(layout)).toBe('1.C2.50.smile.50.oi-profile');
  });
});

describe('a layout', () => {
  it('has shares that add up to 100 and stay as they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (sizes) => {
          const shares = percentages(sizes);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBe(100);
          expect(Math.min(...shares)).toBeGreaterThan(0);
          expect(percentages(shares)).toEqual(shares);
        },
      ),
    );
  });

  it('comes back from dockview as it was given, in any window', () => {
    fc.assert(
      fc.property(anyLayout, fc.integer({ min: 600, max: 4_000 }), (layout, width) => {
        expect(fromDock(toDock(layout, { width, height: width / 2 }, (name) => name))).toEqual(layout);
      }),
    );
  });

  it('of each shipped workspace is one of known panels, written in canonical form', () => {
    for (const [name, text] of Object.entries(SHIPPED)) {
      const { layout, unknown } = parsed(text, (panel) => panel in PANELS);
      expect(unknown, name).toEqual([]);
      expect(formatLayout(layout), name).toBe(text);
      expect(panelsOf(layout).length, name).toBeGreaterThan(3);
    }
  });
});
