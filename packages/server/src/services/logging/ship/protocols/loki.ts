import type { LogEntry } from '../../../../ports/stores/logs/log-store.ts';
import { type Labels, metadataOf } from '../../loki/labels.ts';
import {
  allShipped,
  failureOf,
  isSuccess,
  type Outcome,
  type ShipProtocol,
  type WaitingEntry,
} from './protocol.ts';

/** Of one line, below what Loki takes by default: 128 names and 64 KB. */
const MAX_METADATA_NAMES = 100;
const MAX_METADATA_CHARACTERS = 32_768; // Half of it: a character may be more than one byte.

/**
 * Loki's push in JSON. Its 400 says that valid lines were stored, so nothing of it is sent again; how many were refused stands
 * in its text. Credentials, an address that is not found and a redirect are mended by an operator, so lines wait for that.
 */
export function lokiProtocol({ tenant }: { readonly tenant?: string }): ShipProtocol {
  return {
    async send(entries, post) {
      const answer = await post({
        path: '/loki/api/v1/push',
        contentType: 'application/json',
        body: JSON.stringify({ streams: streamsOf(entries) }),
        headers: tenant === undefined ? {} : { 'x-scope-orgid': tenant },
      });
      if (answer.status === 400) return partlyRefused(entries, answer.body);
      if (isSuccess(answer)) return allShipped(entries);
      return failureOf(entries, answer, isRetried);
    },
  };
}

const isRetried = (status: number): boolean =>
  status >= 500 || status < 400 || [401, 403, 404, 408, 429].includes(status);

/** Where Loki does not say how many, all of them count as refused. */
function partlyRefused(entries: readonly WaitingEntry[], text: string): Outcome {
  const named = [...text.matchAll(/total ignored: (\d+) out of \d+/g)];
  const refused = named.reduce((sum, [, count]) => sum + Number(count), 0);
  const isKnown = refused > 0 && refused <= entries.length;
  return allShipped(entries, { status_400: isKnown ? refused : entries.length });
}

/** Streams by service and level, which are few; all else is metadata of a line. */
function streamsOf(entries: readonly WaitingEntry[]) {
  const streams = new Map<string, { stream: Labels; values: [string, string, Labels][] }>();
  for (const { entry } of entries) {
    const key = JSON.stringify([entry.service, entry.level]);
    const found = streams.get(key) ?? {
      stream: { service_name: entry.service, level: entry.level },
      values: [],
    };
    streams.set(key, found);
    found.values.push(lineOf(entry));
  }
  return [...streams.values()];
}

function lineOf(entry: LogEntry): [string, string, Labels] {
  const nanos = `${entry.timestamp}000000`;
  const { event, product, message, fields } = entry;
  const named = { ...(event !== null && { event }), ...(product !== null && { product }) };
  const metadata = { ...metadataOf(entry), ...named };
  const characters = Object.entries(metadata).reduce(
    (sum, [name, text]) => sum + name.length + text.length,
    0,
  );
  if (Object.keys(metadata).length <= MAX_METADATA_NAMES && characters <= MAX_METADATA_CHARACTERS)
    return [nanos, message, metadata];
  // What Loki would refuse as metadata is part of the line, where `| json` finds it.
  return [
    nanos,
    JSON.stringify({ message, ...fields }),
    { ...metadataOf({ ...entry, fields: {} }), ...named },
  ];
}
