import { join } from 'node:path';
import { stdout } from 'node:process';
import { isoTime } from '@deltastream/contracts';
import { contractsAt, type KnownContract } from '@deltastream/venues/master';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { type KeptSettings, keptPlaces } from '../../services/feed/feed-config.ts';
import { readInstruments } from '../../services/feed/instruments/instrument-files.ts';
import { listFile } from '../../services/feed/instruments/instrument-folder.ts';

export interface InstrumentOrder {
  /** ISO-8601; the present without. */
  readonly at?: string;
  readonly format: 'text' | 'json';
}

interface Listed extends KnownContract {
  readonly venue: string;
}

/**
 * Prints the contracts of a product that venues listed at an instant, with their terms of then: of each venue
 * the list of the server that the settings name. Throws `invalid_request` for
 * what is not a valid timestamp, `unknown_product` where no venue is known to list it, `stored_data_damaged` naming a list that cannot be
 * read.
 */
export async function printInstruments(
  settings: KeptSettings,
  product: string,
  { at, format }: InstrumentOrder,
): Promise<void> {
  const instant = at === undefined ? Date.now() : Date.parse(at);
  if (Number.isNaN(instant))
    throw new DeltaStreamError(
      'invalid_request',
      `--at ${at} is not a valid timestamp such as 2026-11-27T10:00:00Z`,
    );
  const { folder, places } = keptPlaces(settings);
  const listed: Listed[] = [];
  for (const place of places) {
    const master = await readInstruments(folder, place).catch((error: unknown) => {
      throw new DeltaStreamError(
        'stored_data_damaged',
        `${join(folder, listFile(place))}: ${reasonOf(error)}`,
      );
    });
    const { venue } = place;
    if (master) listed.push(...contractsAt(master, product, instant).map((each) => ({ ...each, venue })));
  }
  if (listed.length === 0) {
    throw new DeltaStreamError(
      'unknown_product',
      `no venue is known to have listed ${product} at ${isoTime(instant)}: lists are kept in ${folder} while --source follows a venue`,
    );
  }
  stdout.write(format === 'json' ? `${JSON.stringify(listed.map(viewOf), null, 2)}\n` : textOf(listed));
}

const viewOf = ({ venue, kind, id, symbol, exchange, expiry, expiresAt, side, terms: [terms] }: Listed) => ({
  ...{ venue, kind, id, product: symbol, exchange, expiry },
  expires_at: expiresAt === null ? null : isoTime(expiresAt),
  ...{ strike: terms.strike, side, lot_size: terms.lotSize, price_tick: terms.priceTick },
  ...{ multiplier: terms.multiplier, delivery: terms.delivery, style: terms.style },
  settlement_currency: terms.settlementCurrency,
  terms_since: isoTime(terms.from),
});

function textOf(listed: readonly Listed[]): string {
  const rows = listed
    .map(viewOf)
    .map(({ venue, kind, expiry, strike, side, lot_size, price_tick, terms_since, id }) =>
      [venue, kind, expiry, strike, side, lot_size, price_tick, terms_since, id]
        .map((cell) => cell ?? '-')
        .join('\t'),
    );
  const header = ['venue', 'kind', 'expiry', 'strike', 'side', 'lot', 'tick', 'terms since', 'id'].join('\t');
  return `${[header, ...rows].join('\n')}\n`;
}
