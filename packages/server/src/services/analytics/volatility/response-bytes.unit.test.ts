import { describe, expect, it } from 'vitest';
import { createResponseBytes } from './response-bytes.ts';

describe('bytes of responses', () => {
  const surface = {};
  function bytesOf(maxBytes: number) {
    const responses = createResponseBytes(maxBytes);
    const made: string[] = [];
    const get = async (of: object, name: string) => {
      const make = () => {
        made.push(name);
        return name.padEnd(10);
      };
      return String(await responses.get(of, name, make)).trim();
    };
    return { made, get, responses };
  }

  it('are made once for each object and parameters, also where others are asked for in between', async () => {
    const { made, get } = bytesOf(1000);
    for (const grid of ['grid 5', 'grid 7', 'grid 5', 'grid 7', 'grid 5'])
      expect(await get(surface, grid)).toBe(grid);
    expect(made).toEqual(['grid 5', 'grid 7']);
    await get({}, 'grid 5');
    expect(made).toHaveLength(3);
  });

  it('have a bound together, however many parameters are asked for', async () => {
    const { made, get, responses } = bytesOf(30);
    for (let grid = 0; grid < 100; grid++) await get(surface, `grid ${grid}`);
    expect([96, 97, 98, 99].filter((grid) => responses.cached(surface, `grid ${grid}`))).toEqual([
      97, 98, 99,
    ]);
    await get(surface, 'grid 0');
    expect(made).toHaveLength(101);
  });
});
