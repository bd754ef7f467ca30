import { BadCell, type Json, parseJson, shown } from '@deltastream/recordings/cells';
import type { QuoteSink } from '../meaning.ts';
import type { WireConversation, WireEvent } from '../wire-protocol.ts';
import { createQuoteReader } from './meaning.ts';

const NOTHING: readonly WireEvent[] = [];

/** Speaks over one connection: logs in with its first message, then subscribes by symbol. The key is in no event. */
export function createExampleConversation(apiKey: string): WireConversation {
  const readQuote = createQuoteReader();

  /** Throws BadCell for a message that is not as the venue documents it. */
  function understood(message: Json, sink: QuoteSink): readonly WireEvent[] {
    switch (message.type) {
      case 'welcome':
        return [{ kind: 'ready' }];
      case 'quote':
        readQuote(message, sink);
        return NOTHING;
      case 'subscribed':
        return [{ kind: 'subscribed', ids: symbolsOf(message) }];
      case 'unknown':
        return [{ kind: 'refused', ids: symbolsOf(message), reason: 'Example does not list them' }];
      case 'heartbeat':
        return [{ kind: 'alive' }];
      case 'error':
        return [
          message.code === 'key'
            ? { kind: 'credentials', reason: 'Example does not accept the API key' }
            : { kind: 'failed', reason: `Example answered with the error ${shown(String(message.code))}` },
        ];
      default:
        throw new BadCell('bad_value', `the type of a message is ${shown(String(message.type))}`);
    }
  }

  return {
    opened: () => ({ send: [JSON.stringify({ login: apiKey })], ready: false }),
    subscribe: (ids) => [JSON.stringify({ subscribe: ids })],
    unsubscribe: (ids) => [JSON.stringify({ unsubscribe: ids })],
    receive(message, sink) {
      try {
        return understood(parseJson(String(message)), sink);
      } catch (error) {
        if (!(error instanceof BadCell)) throw error;
        sink.rejected(error.rejection, `Example: ${error.message}`);
        return NOTHING;
      }
    },
  };
}

function symbolsOf({ symbols }: Json): string[] {
  if (Array.isArray(symbols) && symbols.every((each) => typeof each === 'string')) return symbols;
  throw new BadCell('bad_value', 'symbols is not a list of texts');
}
