import { type Exchange, productInfo } from '@deltastream/reference';
import Type from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { ms, settingsFragment } from '../../../kit/settings-fragment.ts';

/**
 * Every venue that can be followed, with what it lists and what is followed of it where no products are given. `listAt`: when
 * its list of the day is out, on the clock of its exchange: after Deribit's daily expiry, before the session of the others.
 * `volatilityIndices`: it publishes those that reference data name of its products, which are followed with them.
 */
export const VENUES = {
  deribit: {
    exchanges: ['DERIBIT'],
    products: ['BTC', 'ETH'],
    listAt: '08:05',
    volatilityIndices: true,
  },
  kite: { exchanges: ['NSE', 'BSE'], products: ['NIFTY', 'BANKNIFTY'], listAt: '08:45' },
  upstox: { exchanges: ['NSE', 'BSE'], products: ['NIFTY', 'BANKNIFTY'], listAt: '08:30' },
  dhan: { exchanges: ['NSE', 'BSE'], products: ['NIFTY', 'BANKNIFTY'], listAt: '08:30' },
  openalgo: { exchanges: ['NSE', 'BSE'], products: ['NIFTY', 'BANKNIFTY'], listAt: '08:50' },
  cboe: { exchanges: ['US'], products: ['SPY', 'AAPL'], listAt: '09:00' },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly exchanges: readonly Exchange[];
      readonly products: readonly string[];
      readonly listAt: string;
      readonly volatilityIndices?: boolean;
    }
  >
>;

export type VenueName = keyof typeof VENUES;
export const VENUE_NAMES = Object.keys(VENUES) as VenueName[];

const countOrAll = (value: number, unit: string, description: string) =>
  Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('all')], { default: value, unit, description });

const listTimes = () => VENUE_NAMES.map((name) => `${name}=${VENUES[name].listAt}`).join(',');

/** A server that speaks as the venue does, such as its test system or a simulator. */
const baseUrl = (venue: string, shipped: string) =>
  Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#@]+/?$',
      description: `Another server that speaks as ${venue} does, such as http://127.0.0.1:9000; its WebSocket is there, too. By default ${shipped}`,
    }),
  );

const token = (venue: string) =>
  Type.Optional(
    Type.String({ description: `Access token of ${venue}, which may end each morning`, secret: true }),
  );

const tokenPath = (venue: string) =>
  Type.Optional(
    Type.String({
      description: `File with the access token of ${venue} instead, read again for each connection: a new one needs no restart`,
    }),
  );

export const LIVE = settingsFragment(
  'Live venues',
  {
    venueExpiries: countOrAll(6, 'expiries', 'Nearest expiries followed of a product of a venue, or all'),
    venueStrikes: countOrAll(40, 'strikes', 'Strikes followed on each side of the forward, or all'),
    venueListsAt: Type.Optional(
      Type.String({
        pattern: '^[a-z]+=([01]\\d|2[0-3]):[0-5]\\d(,[a-z]+=([01]\\d|2[0-3]):[0-5]\\d)*$',
        description: `When a venue is asked for its list of the day, on the clock of its exchange, such as kite=08:45,deribit=08:05. By default ${listTimes()}`,
      }),
    ),
    deribitUrl: baseUrl('Deribit', 'https://www.deribit.com'),
    kiteUrl: baseUrl('Kite', 'https://api.kite.trade and wss://ws.kite.trade'),
    kiteApiKey: Type.Optional(Type.String({ description: 'API key of Kite', secret: true })),
    kiteAccessToken: token('Kite'),
    kiteTokenPath: tokenPath('Kite'),
    upstoxUrl: baseUrl('Upstox', 'https://api.upstox.com and https://assets.upstox.com'),
    upstoxAccessToken: token('Upstox'),
    upstoxTokenPath: tokenPath('Upstox'),
    dhanUrl: baseUrl('Dhan', 'https://api.dhan.co, wss://api-feed.dhan.co and https://images.dhan.co'),
    dhanClientId: Type.Optional(Type.String({ description: 'Client id of Dhan', secret: true })),
    dhanAccessToken: token('Dhan'),
    dhanTokenPath: tokenPath('Dhan'),
    openalgoUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^/?#@]+/?$',
        description:
          'Your OpenAlgo, such as https://openalgo.example.com; --source openalgo://HOST is short for http://HOST:5000. By default http://127.0.0.1:5000',
      }),
    ),
    openalgoSocketUrl: Type.Optional(
      Type.String({
        pattern: '^wss?://[^?#@]+$',
        description:
          'Its WebSocket; by default port 8765 of the same host where --openalgo-url has port 5000, else /ws of the same server',
      }),
    ),
    openalgoApiKey: Type.Optional(Type.String({ description: 'API key of OpenAlgo', secret: true })),
    cboeTermsAccepted: Type.Boolean({
      default: false,
      description:
        'The terms of Cboe, which bar automated extraction and redistribution, are read and accepted; it is off without',
    }),
    cboeUrl: baseUrl('Cboe', 'https://cdn.cboe.com'),
    cboeContact: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'How Cboe reaches whoever runs this, such as an address of mail; sent with each request',
      }),
    ),
  },
  'venue',
  {
    cadenceMs: ms(250, 'How often chains of a venue that changed are sent', 10),
    stallMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 3_600_000,
        unit: 'ms',
        description:
          "A connection without quotes for so long, while its market is open, is connected anew; the venue's own by default",
      }),
    ),
    firstRetryMs: ms(1_000, 'Wait before connecting to a venue again; doubled with each failure'),
    lastRetryMs: ms(60_000, 'Longest wait before connecting again, and between tries of refused credentials'),
    requestMs: ms(30_000, 'Longest time of one request to a venue'),
    reloadMs: ms(21_600_000, 'How often a venue is asked what it lists'),
    relistMs: ms(5_000, 'The same after it said that something new is listed'),
    closeMs: ms(1_000, 'Longest time that closing a connection properly may take'),
    frozenMs: ms(
      60_000,
      'Quotes, or an underlying beside moving options, that repeat for so long are flagged',
    ),
    openalgoIntervalMs: ms(
      5_000,
      'Time between two option chains asked of OpenAlgo, of the expiries in turn: open interest comes with them',
      100,
    ),
    cboeIntervalMs: ms(
      60_000,
      'Least time between two requests for a page of Cboe, and first wait after a refusal; 5 times for SPX',
      60_000,
    ),
    graceMs: ms(10_000, 'A venue may be connecting for so long before the feed is not ready'),
  },
);

/** An OpenAlgo by where it is: `openalgo://host`, `openalgo://host:5000`. */
const OPENALGO = 'openalgo://([^/?#@,:\\s]+|\\[[0-9A-Fa-f:]+\\])(:\\d{1,5})?';
const OPENALGO_PLACE = new RegExp(`^${OPENALGO}$`);
const OPENALGO_PORT = ':5000';

/** The venues that the settings put at another server than their own, each with its origin: whose lists are kept apart. */
export const otherServers = (
  settings: Readonly<Partial<Record<`${VenueName}Url`, string>>>,
): ReadonlyMap<VenueName, string> =>
  new Map(
    VENUE_NAMES.flatMap((name) => {
      const url = settings[`${name}Url`];
      return url === undefined ? [] : [[name, new URL(url).origin] as const];
    }),
  );

/** Entries of a source that name a live venue, as a pattern of a setting. */
export const VENUE_PATTERN = `(${VENUE_NAMES.join('|')}|${OPENALGO})`;

/**
 * Where OpenAlgo is, by its setting or by the source; undefined where neither says it. Throws `invalid_setting` where they, or
 * two entries of the source, say different places.
 */
export function openalgoUrlOf(settings: {
  readonly source: string;
  readonly openalgoUrl?: string;
}): string | undefined {
  const places = settings.source.split(',').flatMap((entry) => {
    const place = OPENALGO_PLACE.exec(entry);
    return place ? [`http://${place[1]}${place[2] ?? OPENALGO_PORT}`] : [];
  });
  const { openalgoUrl: given } = settings;
  const [first, other] = new Set([...places, ...(given === undefined ? [] : [given.replace(/\/$/, '')])]);
  if (other === undefined) {
    if (first === undefined || URL.canParse(first)) return first;
    throw new DeltaStreamError(
      'invalid_setting',
      `--source and --openalgo-url: ${first} is no address: say openalgo://HOST:PORT with a port up to 65535`,
    );
  }
  throw new DeltaStreamError(
    'invalid_setting',
    `--source and --openalgo-url name more than one OpenAlgo, ${first} and ${other}: one is followed`,
  );
}

/** The venues that a source names, `deribit,kite`; null where it names none. */
export function venuesOf(source: string): readonly VenueName[] | null {
  const names = source.split(',').map((entry) => (OPENALGO_PLACE.test(entry) ? 'openalgo' : entry));
  return names.every((name) => Object.hasOwn(VENUES, name)) ? [...new Set(names as VenueName[])] : null;
}

/**
 * What is followed of each venue. A product goes to the venue that lists its exchange; `kite:NIFTY` says which where several do,
 * or where the product is not known. Throws `invalid_setting` naming the product or the venue.
 */
export function productsByVenue(
  venues: readonly VenueName[],
  products: readonly string[] | undefined,
): ReadonlyMap<VenueName, readonly string[]> {
  if (products === undefined)
    return new Map(venues.map((venue) => [venue, withIndices(venue, VENUES[venue].products)]));
  const found = new Map<VenueName, string[]>(venues.map((venue) => [venue, []]));
  const venueOf = new Map<string, VenueName>();
  for (const given of products) {
    const [venue, symbol] = placed(given, venues);
    const other = venueOf.get(symbol);
    if (other === venue) continue;
    if (other !== undefined)
      refuse(`${symbol} is given for ${other} and for ${venue}: a product is followed at one venue`);
    venueOf.set(symbol, venue);
    found.get(venue)?.push(symbol);
  }
  for (const [venue, symbols] of found)
    if (symbols.length === 0)
      refuse(`none of them is of ${venue}: name one, or leave ${venue} out of --source`);
  return new Map([...found].map(([venue, symbols]) => [venue, withIndices(venue, symbols)]));
}

/** The volatility index of a product, where the venue publishes it, is a series beside it: `BTC.DVOL` of `BTC`. */
function withIndices(venue: VenueName, symbols: readonly string[]): readonly string[] {
  if (!('volatilityIndices' in VENUES[venue])) return symbols;
  return [...new Set([...symbols, ...symbols.flatMap((each) => productInfo(each)?.volatilityIndex ?? [])])];
}

function placed(given: string, venues: readonly VenueName[]): [VenueName, string] {
  const [prefix, symbol, ...more] = given.split(':');
  if (symbol !== undefined) {
    const venue = venues.find((name) => name === prefix);
    if (venue === undefined || symbol === '' || more.length > 0)
      refuse(`${JSON.stringify(given)} is not VENUE:PRODUCT with a venue of --source`);
    return [venue as VenueName, symbol];
  }
  if (venues.length === 1) return [venues[0], given];
  const exchange = productInfo(given)?.exchange;
  const listing = venues.filter((name) => VENUES[name].exchanges.some((each) => each === exchange));
  if (listing.length === 1) return [listing[0], given];
  const where = listing.length === 0 ? venues : listing;
  return refuse(
    `it is not clear where ${given} is to be followed: say ${where.map((name) => `${name}:${given}`).join(' or ')}`,
  );
}

function refuse(problem: string): never {
  throw new DeltaStreamError('invalid_setting', `--products: ${problem}`);
}
