import type { WireAddress, WireMessage } from '../wire-protocol.ts';

/** Shorter values are parts of ordinary words, and no secret. */
const SHORTEST_SECRET_LENGTH = 6;
/** Addresses that are good once bring a new one with each connection; those of connections that are open are among the last. */
const MOST_VALUES = 256;
/** Fields of JSON that hold credentials, sent by us or echoed by a venue. */
const OF_SECRETS =
  /("(?:api_?key|access_?token|refresh_?token|feed_?token|jwt(?:_?token)?|client_?secret|password|authorization)"\s*:\s*)"((?:[^"\\]|\\.)+)"/gi;

/** Takes credentials out of what a venue sends. */
export interface Secrets {
  /** Learns the credentials of an address. */
  connecting(address: WireAddress): void;
  /** Learns those of a message of ours. */
  sent(message: WireMessage): void;
  /** The message without them, and without what fields of such a name hold; the same where there are none. */
  without(message: WireMessage): WireMessage;
}

const decoder = new TextDecoder();

export function createSecrets(): Secrets {
  const values = new Set<string>();
  const learn = (value: string) => {
    if (value.length < SHORTEST_SECRET_LENGTH) return;
    values.delete(value);
    values.add(value);
    const [oldest] = values;
    if (values.size > MOST_VALUES) values.delete(oldest);
  };

  return {
    connecting({ url, headers = {} }) {
      const parsed = URL.parse(url);
      for (const value of parsed?.searchParams.values() ?? []) learn(value);
      for (const value of [parsed?.username ?? '', parsed?.password ?? '']) learn(value);
      for (const value of Object.values(headers)) for (const word of value.split(/\s+/)) learn(word);
    },
    sent(message) {
      const text = typeof message === 'string' ? message : decoder.decode(message);
      for (const [, , value] of text.matchAll(OF_SECRETS)) learn(value);
    },
    without(message) {
      if (typeof message === 'string') {
        let clean = message.replaceAll(OF_SECRETS, '$1"***"');
        for (const value of values) if (clean.includes(value)) clean = clean.replaceAll(value, '***');
        return clean;
      }
      let clean: Buffer = Buffer.from(message.buffer, message.byteOffset, message.length);
      for (const value of values) {
        const length = Buffer.byteLength(value);
        for (let at = clean.indexOf(value); at >= 0; at = clean.indexOf(value, at + length)) {
          if (clean.buffer === message.buffer) clean = Buffer.from(clean);
          // As long as before: what a binary message means depends on where it stands.
          clean.fill('*', at, at + length);
        }
      }
      return clean;
    },
  };
}
