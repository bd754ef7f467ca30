import { expect, it } from 'vitest';
import { RETENTION, type RetentionBounds } from '../retention-settings.ts';
import { createRollups } from './rollups.ts';

const DAY_MS = 86_400_000;

it('removes by the earlier of its own clock and that of the server', async () => {
  for (const offsetMs of [-3_650 * DAY_MS, 3_650 * DAY_MS]) {
    const retained: RetentionBounds[] = [];
    const rollups = createRollups({
      store: {
        claim: async () => 0,
        marked: async () => [],
        roll: async () => [],
        retain: async (bounds) => {
          retained.push(bounds);
        },
        serverTime: async () => Date.now() + offsetMs,
      },
      settings: { ...RETENTION.defaults, keepSnapshots: 30, sweepIntervalMs: 60_000 },
    });
    await expect.poll(() => retained.length).toBe(1);
    const earlier = Date.now() + Math.min(0, offsetMs) - 30 * DAY_MS;
    expect(Math.abs((retained[0].snapshotsBeforeMs ?? 0) - earlier)).toBeLessThanOrEqual(2 * DAY_MS);
    await rollups.close();
  }
});
