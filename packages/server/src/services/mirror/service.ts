import { ENRICHED_CHAINS, ENRICHED_TICKS } from '@deltastream/contracts';
import { createChainHeadCodec } from '@deltastream/contracts/codec';
import { reasonOf } from '../../kit/errors.ts';
import { createMeter } from '../../kit/health/meter.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import type { TextChannels, TextMessage } from '../../ports/text-channels.ts';
import { createLatest } from './latest.ts';
import { createMirrorTexts } from './mirror-texts.ts';
import { MIRROR, type MirrorSettings } from './settings.ts';

export interface MirrorPorts {
  readonly bus: Bus;
  readonly channels: TextChannels;
  readonly logger: Logger;
}

export interface MirrorConfig extends Partial<MirrorSettings> {
  /** Only messages of it are shown. */
  readonly dataset: string;
  readonly stopTimeoutMs?: number;
}

/** Messages made and sent together: some milliseconds of work. */
const BATCH = 8;
/** Least wait between two batches, ms, so that what comes at once is sent at once. */
const LEAST_WAIT_MS = 1;

/**
 * Shows what the platform computes to programs in any language, as JSON on a Redis. It follows the streams and is no part
 * of them: it holds nothing up, takes a bounded share of a core, and of what it cannot send it keeps the latest of each
 * price and expiry.
 */
export function createMirror({ bus, channels, logger: root }: MirrorPorts, config: MirrorConfig): Service {
  const { dataset, stopTimeoutMs, ...given } = config;
  const settings = { ...MIRROR.defaults, ...given };
  const warnPaced = createPacedWarning(serviceLogger(root, 'mirror'));
  const { registry: metrics, counter, watch } = createMeter('mirror');
  const sent = counter('messages_total', 'Messages published', 'kind');
  const lost = counter('dropped_total', 'Messages not published, by reason', 'reason');
  const waiting = createLatest<'chain' | 'price'>(settings.maxWaiting);
  const heads = createChainHeadCodec();
  const texts = createMirrorTexts(dataset, settings.keepMs);
  const following: Subscription[] = [];
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let stopped = false;
  watch('waiting', 'Messages that wait to be published', () => waiting.size());

  function add(kind: 'chain' | 'price', frame: Uint8Array, keyOf: () => string): void {
    try {
      const outcome = waiting.put({ kind, key: keyOf(), frame });
      if (outcome !== 'added') lost.inc({ reason: outcome });
    } catch (error) {
      malformed(error);
    }
    later(0);
  }

  function malformed(error: unknown): void {
    lost.inc({ reason: 'malformed' });
    warnPaced('malformed', 'mirror_message_malformed', { reason: reasonOf(error) });
  }

  function later(waitMs: number): void {
    if (timer !== null || sending !== null || stopped || waiting.size() === 0) return;
    timer = setTimeout(() => {
      timer = null;
      sending = sendBatch().then((spentMs) => {
        sending = null;
        later(Math.max(LEAST_WAIT_MS, spentMs / settings.cpuShare - spentMs));
      });
    }, waitMs);
  }

  /** Resolves with the time that it kept the process busy. Never rejects. */
  async function sendBatch(): Promise<number> {
    const begun = performance.now();
    const kinds: ('chain' | 'price')[] = [];
    const messages: TextMessage[] = [];
    for (const { kind, frame } of waiting.take(BATCH)) {
      try {
        messages.push(...texts.of(kind, frame));
        kinds.push(kind);
      } catch (error) {
        // The head of a chain may be sound where its columns are not.
        malformed(error);
      }
    }
    let spentMs = 0;
    try {
      const work = channels.send(messages);
      spentMs = performance.now() - begun;
      await work;
      for (const kind of kinds) sent.inc({ kind });
    } catch (error) {
      lost.inc({ reason: 'not_sent' }, kinds.length);
      warnPaced('not sent', 'mirror_messages_not_sent', { reason: reasonOf(error) });
    }
    return Math.max(spentMs, LEAST_WAIT_MS / 2);
  }

  const lifecycle = createLifecycle({
    name: 'mirror',
    logger: root,
    stopTimeoutMs,
    async start() {
      following.push(
        await bus.follow(ENRICHED_CHAINS.name, 'latest', ({ frame }) =>
          add('chain', frame, () => {
            const { product, expiry } = heads.decode(frame).chain;
            return `${product} ${expiry}`;
          }),
        ),
      );
      following.push(
        await bus.follow(ENRICHED_TICKS.name, 'latest', ({ frame }) =>
          add('price', frame, () => ENRICHED_TICKS.frames.decode(frame).product),
        ),
      );
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await Promise.all(following.splice(0).map((each) => each.stop()));
      await sending;
      waiting.clear();
    },
  });

  return {
    name: 'mirror',
    metrics,
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem() ?? channels.problem();
      return [{ name: 'mirror', ok: reason === null, reason }];
    },
  };
}
