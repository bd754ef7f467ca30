import { createHash } from 'node:crypto';
import { SYNTHETIC_SOURCE } from '@deltastream/contracts';
import { createStamp, type SourceItem } from '@deltastream/recordings/source';
import { type PastOrder, type PastSource, pastEpoch } from '../../../../kit/past-order.ts';
import { withDefaults } from '../../../../kit/settings-fragment.ts';
import { type SyntheticConfig, syntheticProduct } from '../synthetic-config.ts';
import { SYNTHETIC } from '../synthetic-settings.ts';
import { createSyntheticPast, pastConfig, type SyntheticPast } from './synthetic-past.ts';

/** Rises with every change of what the same settings generate. */
const GENERATOR = 4;

/** Short enough for an epoch; nobody is kept from making two settings of the same one. */
const digestOf = (decisive: unknown): string =>
  createHash('sha256').update(JSON.stringify(decisive)).digest('base64url').slice(0, 12);

/**
 * The past of a product as a source: that of a market which began at `startMs`, whenever it was ordered. Null where
 * there is none. Rejects with `invalid_setting` for a product that cannot be generated.
 */
export function createPastSource({ product, config }: PastOrder, startMs: number): PastSource | null {
  const settings = withDefaults(SYNTHETIC.defaults, config as SyntheticConfig);
  const generated = syntheticProduct(product, settings);
  const decisive = pastConfig(settings, startMs);
  const past = createSyntheticPast(generated, decisive);
  if (past === null) return null;
  const digest = digestOf([GENERATOR, generated, decisive]);
  const epoch = pastEpoch({ startMs, settings: digest, complete: false });
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
    settings: digest,
    expectedIntervalMs: null,
    [Symbol.asyncIterator]: () => items(past),
    progress: () => ({ position: emitted, total: null, unit: 'records' }),
    close: async () => {
      closed = true;
    },
  };
}
