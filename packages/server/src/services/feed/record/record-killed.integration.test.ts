import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { openRecording } from '@deltastream/recordings';
import { recordsOf } from '@deltastream/recordings/session';
import { collect } from '@deltastream/recordings/testing/recordings';
import { afterAll, expect, it } from 'vitest';
import { unpackedContent } from '../../../kit/recordings/recordings.ts';
import { killEachTime } from '../../../testing/killed-runs.fixture.ts';

const KILLS = 6;
const FLUSH_MS = 100;
/** A frame is compressed and written after it is due, on a machine that may be busy. */
const WRITING_MS = 900;
const PROGRAM = fileURLToPath(new URL('./record-run.fixture.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'record-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KINDS = new Map([
  [1, MARKET_CHAINS.name],
  [2, MARKET_TICKS.name],
]);

/** Hashes of the frames in a file, by topic, in their order: up to where the file ends, wherever that is. */
async function recorded(file: string): Promise<Map<string, string[]>> {
  const hashes = new Map([...KINDS.values()].map((topic) => [topic, [] as string[]]));
  try {
    for await (const part of recordsOf(unpackedContent(file), 64 * 1024 ** 2)) {
      if ('head' in part) continue;
      const topic = KINDS.get(part.kind);
      if (topic) hashes.get(topic)?.push(createHash('sha256').update(part.content).digest('hex'));
    }
  } catch {
    // What is behind the last complete frame is lost.
  }
  return hashes;
}

it('is killed at any moment: the file is readable, and what it lacks came since it was last written', async () => {
  let kills = 0;
  const program = {
    ...{ script: PROGRAM, args: [`${folder}/`, String(FLUSH_MS)], mostMs: 2 * FLUSH_MS },
    // Longer than what may be lost, so that there is something to lose.
    lines: (kill: number) => 200 + 40 * kill,
  };
  await killEachTime(program, KILLS, async (lines, wasKilled) => {
    if (wasKilled) kills += 1;
    const [name, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    const file = join(folder, name);
    const hashes = await recorded(file);
    const killedAt = Number(lines.at(-1)?.split(' ')[2]);
    for (const [topic, found] of hashes) {
      const carried = lines.map((line) => line.split(' ')).filter((line) => line[0] === topic);
      expect(found.length).toBeGreaterThan(0);
      // The last of them may have been written and not said any more.
      const both = Math.min(found.length, carried.length);
      expect(found.slice(0, both)).toEqual(carried.slice(0, both).map(([, hash]) => hash));
      for (const [, , at] of carried.slice(both))
        expect(killedAt - Number(at)).toBeLessThan(FLUSH_MS + WRITING_MS);
    }
    const { chains, ticks, rejected } = await collect(await openRecording(file));
    expect([chains.length, ticks.length]).toEqual([...hashes.values()].map(({ length }) => length));
    expect(rejected.filter(({ rejection }) => rejection !== 'truncated')).toEqual([]);
    rmSync(file);
  });
  expect(kills).toBe(KILLS);
});
