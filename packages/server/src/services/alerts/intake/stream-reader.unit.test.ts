import { ENRICHED_CHAINS } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { enrichedChain } from '../../socket-gateway/testing/enriched.fixture.ts';
import { partitionOf } from './partitions.ts';
import { createStreamReader } from './stream-reader.ts';

it('a partition that is dropped stays before what comes for it later, whoever else is read for', async () => {
  const bus = createMemoryBus();
  const reader = createStreamReader({
    ...{ bus, dataset: null, settings: { figuresQuietMs: 1, figuresWaitMs: 1 } },
    onMalformed(_topic, _position, reason) {
      throw new Error(reason);
    },
  });
  const came: string[] = [];
  const read = (product: string) => {
    const index = partitionOf(product);
    const place = reader.add(index, { chains: null, figures: null }).chains;
    const chain = ({ seq }: { readonly seq: number }) => void came.push(`${product} ${seq}`);
    return { index, place, partition: { chain, figures: () => {} } };
  };
  const publish = async (product: string, seq: number) => {
    const position = await bus.publish(
      ENRICHED_CHAINS.name,
      ENRICHED_CHAINS.frames.encode(enrichedChain(product, '2026-12-03', seq)),
    );
    await new Promise(setImmediate);
    return position;
  };
  const dropped = read('NIFTY');
  const kept = read('SPX');
  const partitions = new Map([dropped, kept].map(({ index, partition }) => [index, partition]));
  await reader.start(partitions, new AbortController().signal);
  const before = await publish('NIFTY', 1);
  reader.drop(dropped.index);
  await publish('NIFTY', 2);
  const newest = await publish('SPX', 1);
  expect(came).toEqual(['NIFTY 1', 'SPX 1']);
  expect(dropped.place.last).toBe(before);
  expect(kept.place.last).toBe(newest);
  await reader.stop();
});
