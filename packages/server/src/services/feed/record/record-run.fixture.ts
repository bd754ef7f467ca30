import { createHash } from 'node:crypto';
import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { createFeed } from '../service.ts';
import { RECORD } from './record-settings.ts';

/**
 * Records a generated market in the folder of the first argument, written each so many ms as the second says; says a line for
 * each message that its bus carried: topic, hash of the frame, epoch ms. To be killed meanwhile.
 */
const [folder, flushMs] = process.argv.slice(2);
await told();
const bus = createMemoryBus();
for (const { name } of [MARKET_CHAINS, MARKET_TICKS]) {
  await bus.consume(name, 'said', async ({ frame }) => {
    const hash = createHash('sha256').update(frame).digest('hex');
    process.stdout.write(`${name} ${hash} ${Date.now()}\n`);
  });
}
const feed = createFeed(
  { bus, clock: systemClock, logger: silentLogger },
  {
    dataset: 'synthetic',
    source: {
      ...{ kind: 'synthetic', products: ['NIFTY', 'BTC'], strikes: 20, syntheticHistory: 0 },
      ...{ chainIntervalMs: 20, tickIntervalMs: 10 },
    },
    record: { ...RECORD.defaults, record: `${folder}/`, release: '0.0.0', flushMs: Number(flushMs) },
  },
);
await feed.start();
