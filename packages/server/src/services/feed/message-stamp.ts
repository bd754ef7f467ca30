import type { RawChain } from '@deltastream/contracts';
import type { Source } from '@deltastream/recordings/source';
import type { ImportNumbers } from '../../kit/recordings/import-numbers.ts';
import type { FeedConfig } from './feed-config.ts';

/** What a feed adds to the messages of its source. */
export type MessageStamp = Pick<RawChain, 'generation' | 'dataset'>;

/**
 * A replay is an import: one that began later wins over those before it, and over what was live. That of a recorded feed is none:
 * its messages are those that were live, byte by byte.
 */
export async function messageStamp(
  { source, dataset, keepExisting = false }: FeedConfig,
  { asPublished = false }: Pick<Source, 'asPublished'>,
  nextImport: ImportNumbers,
): Promise<MessageStamp> {
  const isImport = source.kind === 'replay' && (!asPublished || keepExisting);
  return {
    ...(dataset === undefined ? {} : { dataset }),
    ...(isImport ? { generation: await nextImport(keepExisting) } : {}),
  };
}
