import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_CHAINS, ENRICHED_FIGURES, type ProductFigures } from '@deltastream/contracts';
import { createChainHeadCodec } from '@deltastream/contracts/codec';
import { reasonOf } from '../../../kit/errors.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';
import type { EvaluatedChain } from '../runtime/partition/partition-evaluator.ts';
import { partitionOf } from './partitions.ts';
import type { StreamPlace } from './settled-position.ts';

/** What of a partition is read. */
export interface ReadPartition {
  chain(chain: EvaluatedChain): void;
  figures(figures: ProductFigures): void;
}

/** From where a partition is read; null: from now on. */
export interface ReadFrom {
  readonly chains: Position | null;
  readonly figures: Position | null;
}

/**
 * Follows chains and product figures for partitions that were taken at the same time. It begins at the earliest of their
 * positions; each is given what comes after its own.
 */
export interface StreamReader {
  /** Adds a partition, before `start`; the places are those of its followers. */
  add(index: number, from: ReadFrom): { readonly chains: StreamPlace; readonly figures: StreamPlace };
  /** Chains come once the figures are read that they are judged with. */
  start(partitions: ReadonlyMap<number, ReadPartition>, signal: AbortSignal): Promise<void>;
  /** Brings it no more, and its places stay where they are now. True when no partition is left. */
  drop(index: number): boolean;
  stop(): Promise<void>;
}

export interface StreamReaderParts {
  readonly bus: Bus;
  /** Messages of others are left out. */
  readonly dataset: string | null;
  readonly settings: { readonly figuresQuietMs: number; readonly figuresWaitMs: number };
  readonly onMalformed: (topic: string, position: Position, reason: string) => void;
}

type Stream = keyof ReadFrom;
const TOPICS: Readonly<Record<Stream, string>> = {
  chains: ENRICHED_CHAINS.name,
  figures: ENRICHED_FIGURES.name,
};

export function createStreamReader({ bus, dataset, settings, onMalformed }: StreamReaderParts): StreamReader {
  const heads = createChainHeadCodec();
  const places = {
    chains: { last: null as Position | null, previous: null as Position | null },
    figures: { last: null as Position | null, previous: null as Position | null },
  };
  /** Of partitions whose own position was not reached yet. */
  const ahead = { chains: new Map<number, Position>(), figures: new Map<number, Position>() };
  /** Of partitions that were dropped: what came later was not brought to them. */
  const ended = { chains: new Map<number, StreamPlace>(), figures: new Map<number, StreamPlace>() };
  const subscriptions: Subscription[] = [];
  let partitions = new Map<number, ReadPartition>();
  let figuresCameAt = 0;

  const placeOf = (stream: Stream, index: number): StreamPlace => ({
    get last() {
      return ahead[stream].get(index) ?? (ended[stream].get(index) ?? places[stream]).last;
    },
    get previous() {
      return ahead[stream].get(index) ?? (ended[stream].get(index) ?? places[stream]).previous;
    },
  });

  /** Whether what is at the position is new to the partition. */
  function isNew(stream: Stream, index: number, position: Position): boolean {
    const from = ahead[stream].get(index);
    if (from === undefined) return true;
    if (bus.earliest([position, from]) === position) return false;
    ahead[stream].delete(index);
    return true;
  }

  const isOwn = (of: string | undefined): boolean => dataset === null || of === undefined || of === dataset;
  /** Imports are published on the topics of the feeds; what they bring is past, and of a run of its own. */
  const isLive = ({ generation = 0 }: { readonly generation?: number }): boolean => generation === 0;

  const take: Readonly<Record<Stream, (frame: Uint8Array, position: Position) => void>> = {
    chains(frame, position) {
      const { chain } = heads.decode(frame);
      if (!isLive(chain)) return;
      const index = partitionOf(chain.product);
      const partition = partitions.get(index);
      if (partition === undefined || !isOwn(chain.dataset) || !isNew('chains', index, position)) return;
      partition.chain(chain);
    },
    figures(frame, position) {
      figuresCameAt = performance.now();
      const figures = ENRICHED_FIGURES.frames.decode(frame);
      const index = partitionOf(figures.product);
      const partition = partitions.get(index);
      if (partition === undefined || !isOwn(figures.dataset) || !isNew('figures', index, position)) return;
      partition.figures(figures);
    },
  };

  async function follow(stream: Stream): Promise<void> {
    const [first, ...rest] = ahead[stream].values();
    const from = first === undefined ? 'latest' : bus.earliest([first, ...rest]);
    const place = places[stream];
    const topic = TOPICS[stream];
    if (from !== 'latest') place.last = from;
    const followed = await bus.follow(topic, from, ({ frame, position }) => {
      place.previous = place.last;
      place.last = position;
      try {
        take[stream](frame, position);
      } catch (error) {
        onMalformed(topic, position, reasonOf(error));
      }
    });
    place.last ??= followed.from;
    subscriptions.push(followed);
  }

  /** What was published while nobody evaluated comes in one piece. */
  async function figuresRead(signal: AbortSignal): Promise<void> {
    const { figuresQuietMs, figuresWaitMs } = settings;
    const begun = performance.now();
    figuresCameAt = begun;
    for (let now = begun; now - begun < figuresWaitMs && now - figuresCameAt < figuresQuietMs; ) {
      await sleep(Math.min(figuresQuietMs, figuresWaitMs), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      now = performance.now();
    }
  }

  return {
    add(index, from) {
      if (from.chains !== null) ahead.chains.set(index, from.chains);
      if (from.figures !== null) ahead.figures.set(index, from.figures);
      return { chains: placeOf('chains', index), figures: placeOf('figures', index) };
    },
    async start(given, signal) {
      partitions = new Map(given);
      const resumed = ahead.figures.size > 0;
      await follow('figures');
      if (resumed) await figuresRead(signal);
      if (!signal.aborted) await follow('chains');
    },
    drop(index) {
      partitions.delete(index);
      ended.chains.set(index, { ...places.chains });
      ended.figures.set(index, { ...places.figures });
      return partitions.size === 0;
    },
    async stop() {
      partitions.clear();
      await Promise.all(subscriptions.splice(0).map((each) => each.stop()));
    },
  };
}
