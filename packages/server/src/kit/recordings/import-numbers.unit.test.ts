import { expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createManualClock } from '../../ports/clock.ts';
import { createImportNumbers } from './import-numbers.ts';

const NOW = Date.UTC(2026, 7, 19, 6);
const HOUR = 3_600_000;

it('rise on one bus, whatever the clocks of those who ask show', async () => {
  const bus = createMemoryBus();
  const fast = createImportNumbers({ bus, clock: createManualClock(NOW + HOUR) });
  const slow = createImportNumbers({ bus, clock: createManualClock(NOW) });
  const given = [await fast(false), await slow(false), await slow(true), await fast(false)];
  expect(given).toEqual([NOW + HOUR, NOW + HOUR + 1, -(NOW + HOUR + 2), NOW + HOUR + 3]);
  await bus.close();
});

it('are above those of the store where the bus has lost its own', async () => {
  const bus = createMemoryBus();
  const store = { latestImport: async () => NOW + HOUR };
  expect(await createImportNumbers({ bus, store, clock: createManualClock(NOW) })(false)).toBe(
    NOW + HOUR + 1,
  );
  await bus.close();
});
