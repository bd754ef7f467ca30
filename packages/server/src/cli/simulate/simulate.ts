import { once } from 'node:events';
import process, { stdout } from 'node:process';
import type { Source } from '@deltastream/recordings/source';
import type { Fault } from '@deltastream/venues/simulators';
import { DeltaStreamError } from '../../kit/errors.ts';
import { openRecording } from '../../kit/recordings/recordings.ts';
import { VENUES } from '../../services/feed/live/venue-settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { flagName } from '../../settings/sources.ts';

export interface SimulateFlags {
  /** A recording that is played; the synthetic market without. */
  readonly recording?: string;
  /** What goes wrong, as `parsedFault` reads it. */
  readonly fault?: string;
}

/** Faults that say how long, with what is taken where they do not, ms. */
const TIMED = { late: 1000, disconnects: 10_000, slow_drip: 2000 } as const;
/** What a venue needs besides its address and keys; of a simulated one no terms are asked. */
const FURTHER_FLAGS: Readonly<Record<string, string>> = { cboe: '--cboe-terms-accepted' };
const SIMPLE = [
  ...(['silence', 'mute', 'half_frames', 'duplicates', 'token_expired', 'oversize_refused'] as const),
  ...(['zeros', 'wrong_instrument'] as const),
];

/**
 * Plays a market, at the instants of now, on servers of this machine that speak as the venue does, until a signal. Rejects
 * with `invalid_setting` where the venue is not known or lists nothing of it, and as reading the recording does.
 */
export async function simulate(settings: Settings, venue: string, flags: SimulateFlags): Promise<void> {
  const stopRequested = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const { VENUE_SIMULATORS } = await import('@deltastream/venues/simulators/venues');
  if (!Object.hasOwn(VENUE_SIMULATORS, venue)) {
    refuse(`${venue} cannot be simulated; known: ${Object.keys(VENUE_SIMULATORS).join(', ')}`);
  }
  const fault = flags.fault === undefined ? null : parsedFault(flags.fault);
  const simulated = await VENUE_SIMULATORS[venue as keyof typeof VENUE_SIMULATORS]();
  const { marketOf } = await import('@deltastream/venues/simulators');
  const products = settings.products ?? simulated.products;
  const source = await sourceOf(settings, products, flags.recording);
  const market = await marketOf(source, { idOf: simulated.ids(), now: Date.now });
  try {
    const listed = new Set(market.list.instruments.map(({ listing }) => listing.symbol));
    if (listed.size === 0) refuse(`${venue} lists nothing of what is played: name other --products`);
    const simulator = await simulated.start(market, settings.port ?? 0);
    try {
      simulator.fault(fault);
      stdout.write(announcement(venue, simulator.url, [...listed], simulated.credentials, fault));
      const speed =
        settings.speed === 'max' ? refuse('--speed: a simulated venue has none of max') : settings.speed;
      await Promise.race([stopRequested, market.play(speed).then(() => stopRequested)]);
    } finally {
      await simulator.close();
    }
  } finally {
    await market.close();
  }
}

async function sourceOf(
  { seed }: Settings,
  products: readonly string[],
  recording: string | undefined,
): Promise<Source> {
  if (recording !== undefined) return openRecording(recording);
  const { createSyntheticSource } = await import('../../services/feed/synthetic/synthetic-source.ts');
  return createSyntheticSource({ products: [...products], seed, startMs: Date.now() });
}

/** `late=500`: a kind of fault, with its time in ms where it has one. Throws `invalid_setting`. */
export function parsedFault(text: string): Fault {
  const [kind, given] = text.split('=');
  const simple = SIMPLE.find((name) => name === kind);
  if (simple !== undefined && given === undefined) return { kind: simple };
  if (simple === undefined && Object.hasOwn(TIMED, kind)) {
    const ms = given === undefined ? TIMED[kind as keyof typeof TIMED] : Number(given);
    if (Number.isInteger(ms) && ms > 0) {
      if (kind === 'late') return { kind, byMs: ms };
      if (kind === 'disconnects') return { kind, everyMs: ms };
      return { kind: 'slow_drip', overMs: ms };
    }
  }
  const timed = Object.keys(TIMED).map((name) => `${name}=MS`);
  return refuse(`--fault: ${JSON.stringify(text)} is not one of ${[...SIMPLE, ...timed].join(', ')}`);
}

/** What is printed: the address, and how the platform is connected to it. */
export function announcement(
  venue: string,
  url: string,
  products: readonly string[],
  credentials: Readonly<Record<string, string>> | null,
  fault: Fault | null,
): string {
  const keys = Object.entries(credentials ?? {});
  const flags = [
    `--source ${venue} --${venue}-url ${url} --products ${products.join(',')}`,
    ...keys.map(([name, value]) => `--${venue}-${flagName(name)} ${value}`),
    ...(FURTHER_FLAGS[venue] ? [FURTHER_FLAGS[venue]] : []),
  ];
  const how = Object.hasOwn(VENUES, venue)
    ? `Connect to it: deltastream ${flags.join(' ')}`
    : `It accepts ${keys.length === 0 ? 'everybody' : keys.map(([name, value]) => `${name} ${value}`).join(', ')}`;
  const wrong = fault === null ? '' : `What goes wrong: ${fault.kind}\n`;
  return `${venue} is simulated at ${url}, with ${products.join(', ')}\n${wrong}${how}\n`;
}

function refuse(problem: string): never {
  throw new DeltaStreamError('invalid_setting', problem);
}
