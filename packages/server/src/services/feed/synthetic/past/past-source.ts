import { SYNTHETIC_SOURCE } from '@deltastream/contracts';
import { createStamp, type SourceItem } from '@deltastream/recordings/source';
import type { PastOrder, PastSource } from '../../../../kit/past-order.ts';
import { withDefaults } from '../../../../kit/settings-fragment.ts';
import { type SyntheticConfig, syntheticProduct } from '../synthetic-config.ts';
import { SYNTHETIC } from '../synthetic-settings.ts';
import { createSyntheticPast, pastConfig, type SyntheticPast } from './synthetic-past.ts';

/**
 * The past of a product as a source: that of a market which began at `startMs`, whenever it was ordered. Null where
 * there is none. Rejects with `invalid_setting` for a product that cannot be generated.
 */
export function createPastSource({ product, config }: PastOrder, startMs: number): PastSource | null {
  const settings = withDefaults(SYNTHETIC.defaults, config as SyntheticConfig);
  const past = createSyntheticPast(syntheticProduct(product, settings), pastConfig(settings, startMs));
  if (past === null) return null;
  const epoch = new Date(startMs).toISOString();
  const stamp = createStamp(epoch, SYNTHETIC_SOURCE);
  let emitted = 0;
  let closed = false;

  async function* items(past: SyntheticPast): AsyncGenerator<SourceItem> {
    for (const item of past.items()) {
      if (closed) return;
      emitted++;
      if (item.kind === 'tick') yield { kind: 'tick', tick: stamp.tick(item.tick) };
      else yield { kind: 'chain', chain: stamp.chain(item.chain) };
    }
  }

  return {
    name: SYNTHETIC_SOURCE,
    epoch,
    endMs: past.endMs,
    expectedIntervalMs: null,
    [Symbol.asyncIterator]: () => items(past),
    progress: () => ({ position: emitted, total: null, unit: 'records' }),
    close: async () => {
      closed = true;
    },
  };
}
