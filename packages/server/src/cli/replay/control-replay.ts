import { stdout } from 'node:process';
import {
  type ReplayCommand,
  ReplayOrder,
  type ReplaySpeed,
  type ReplayState,
  schemaCheck,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { createPlatformClient } from '../ask-platform.ts';

/** The running platform, and how its answer is printed. */
export interface ReplayTarget {
  readonly server: string;
  readonly token?: string;
  readonly format: 'text' | 'json';
}

export interface ReplayStartFlags {
  readonly from?: string;
  readonly to?: string;
  /** Of the global flags: names separated by commas, and a factor or `max`. */
  readonly products?: string;
  readonly speed?: string;
  readonly recording?: string;
  readonly paused?: boolean;
  readonly loop?: boolean;
  readonly shift?: boolean;
  readonly thenLive?: boolean;
}

const orderCheck = schemaCheck(ReplayOrder);

export const printReplay = (target: ReplayTarget): Promise<void> =>
  print(target, ({ get }) => get<ReplayState>('/api/replay'));

/** Rejects with `invalid_request` for flags that make no order. */
export async function startReplay(flags: ReplayStartFlags, target: ReplayTarget): Promise<void> {
  const { products, speed, thenLive, ...said } = flags;
  const given = {
    ...said,
    then_live: thenLive,
    products: products?.split(',').map((each) => each.trim()),
    speed: speed === undefined ? undefined : speedIn(speed),
  };
  const order: unknown = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (!orderCheck.accepts(order)) {
    const { instancePath, message } = orderCheck.faultOf(order);
    throw new DeltaStreamError('invalid_request', `${instancePath.slice(1) || 'the order'} ${message}`);
  }
  await print(target, ({ post }) => post<ReplayState>('/api/replay', order));
}

export const controlReplay = (command: ReplayCommand, target: ReplayTarget): Promise<void> =>
  print(target, ({ post }) => post<ReplayState>('/api/replay/control', command));

/** A factor of recorded time, or `max`. Throws `invalid_request` for what is neither. */
export function speedIn(text: string): ReplaySpeed {
  const speed = text === 'max' ? text : Number(text);
  if (speed === 'max' || speed > 0) return speed;
  throw new DeltaStreamError('invalid_request', `speed ${JSON.stringify(text)} is neither above 0 nor max`);
}

/** How many instants. Throws `invalid_request` for what is not an integer above 0. */
export function instantsIn(text: string): number {
  const instants = Number(text);
  if (Number.isInteger(instants) && instants > 0) return instants;
  throw new DeltaStreamError('invalid_request', `${JSON.stringify(text)} is not an integer above 0`);
}

async function print(
  { server, token, format }: ReplayTarget,
  ask: (client: ReturnType<typeof createPlatformClient>) => Promise<ReplayState | null>,
): Promise<void> {
  const state = await ask(createPlatformClient(server, token));
  if (state === null) throw new DeltaStreamError('no_data', `nothing is stored at ${server} of this time`);
  stdout.write(format === 'json' ? `${JSON.stringify(state, null, 2)}\n` : textOf(state));
}

function textOf({
  state,
  products,
  recording,
  from,
  to,
  at,
  speed,
  chains,
  ticks,
  reason,
}: ReplayState): string {
  if (from === null && at === null && products.length === 0) {
    return `${state}: the live market is shown${reason === null ? '' : ` (${reason})`}\n`;
  }
  // The name of a recording is told to administrators alone.
  const what = recording ?? (from === null ? 'a recording' : `${from} to ${to}`);
  const where = at === null ? '' : ` at ${at}`;
  const why = reason === null ? '' : ` (${reason})`;
  return `${state}${where}, speed ${speed}: ${products.join()} of ${what}; ${chains} chains and ${ticks} ticks sent${why}\n`;
}
