import type { MarketStatus } from '@deltastream/client';
import { withDurations } from '../../format/duration.ts';
import type { Format } from '../../format/format.ts';
import type { Venue } from './venue-text.ts';

/** What is wrong with the quotes of a product although its venue is connected. */
export type Watchdog = Venue['watchdogs'][number];

const NAMES: Readonly<Record<Watchdog['kind'], string>> = {
  stall: 'no quotes',
  frozen: 'quotes repeat',
  zero: 'prices fell to 0',
  oi_zero: 'open interest fell to 0',
  partial: 'contracts are missing',
  spot_zero: 'underlying at 0',
  spot_frozen: 'underlying stands still',
  volume_back: 'volume fell',
  crossed: 'bid above ask',
  unexpected_session: 'session on a closed day',
};

/** In a word or two. A newer server may know more kinds. */
export const watchdogName = ({ kind }: Watchdog): string => NAMES[kind] ?? String(kind);

/** `since 09:15:02: no quote for 30 s`. */
export const watchdogDetail = ({ since, detail }: Watchdog, timeOfDay: Format['timeOfDay']): string =>
  `since ${timeOfDay(since)}: ${withDurations(detail)}`;

/** Of one product, the longest first. */
export const watchdogsOf = (status: Pick<MarketStatus, 'feed'> | null, product: string): Watchdog[] =>
  (status?.feed?.venues ?? [])
    .flatMap(({ watchdogs }) => watchdogs)
    .filter((each) => each.product === product)
    .sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
