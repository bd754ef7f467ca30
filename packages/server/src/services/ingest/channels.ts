import type { LineKind } from '@deltastream/contracts';
import { reasonOf } from '../../kit/errors.ts';
import { itemLines, parsed } from '../../kit/ingest/lines.ts';
import type { SharedIntake } from '../../kit/ingest/shared-intake.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import type { TextChannels } from '../../ports/text-channels.ts';

/** The channels that are taken in, and what a message on each is: one line, or an array of them. */
const INGEST_CHANNELS: Readonly<Record<string, LineKind>> = {
  'market:tick': 'ticks',
  'market:quote': 'quotes',
  'market:chain': 'chains',
};

/** Messages that wait; beyond it the newest are dropped and counted: some seconds of a market. */
const MAX_WAITING = 10_000;
/** Characters that wait: messages of a size that HTTP takes, too. */
const MAX_WAITING_CHARACTERS = 16_777_216;
const SOURCE = 'redis';

/**
 * Takes in what is published on the channels, in its order. Nobody is told what became of a message: what is refused is
 * counted and logged, at most once a minute of each kind.
 */
export async function takeChannels(
  channels: TextChannels,
  intake: SharedIntake,
  root: Logger,
): Promise<{ stop(): Promise<void> }> {
  const warnPaced = createPacedWarning(serviceLogger(root, 'ingest'));
  const waiting: (readonly [channel: string, text: string])[] = [];
  let characters = 0;
  let working: Promise<void> | null = null;

  async function takeAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [channel, text] = next;
      characters -= text.length;
      try {
        const line = parsed(1, text);
        const items = Array.isArray(line.value) ? line.value : [line.value];
        if (items.length > intake.config.maxLines) throw new RangeError(`has ${items.length} lines`);
        const lines = line.problem === undefined ? itemLines(items) : [line];
        const { rejections } = await intake.take(INGEST_CHANNELS[channel], lines, SOURCE);
        const [first] = rejections;
        if (first)
          warnPaced(`${channel} rejected`, 'ingest_message_rejected', { channel, reason: first.reason });
      } catch (error) {
        intake.counts.refused.inc({ reason: 'redis' });
        warnPaced(`${channel} refused`, 'ingest_message_refused', { channel, reason: reasonOf(error) });
      }
    }
  }

  const subscription = await channels.subscribe(Object.keys(INGEST_CHANNELS), (channel, text) => {
    if (waiting.length >= MAX_WAITING || characters + text.length > MAX_WAITING_CHARACTERS) {
      intake.counts.refused.inc({ reason: 'redis_overflow' });
      warnPaced('overflow', 'ingest_overflowing', { channel });
      return;
    }
    waiting.push([channel, text]);
    characters += text.length;
    working ??= takeAll().finally(() => {
      working = null;
    });
  });
  return {
    async stop() {
      await subscription.stop();
      waiting.length = 0;
      await working;
    },
  };
}
