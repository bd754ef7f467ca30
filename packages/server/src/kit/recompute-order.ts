import type { RecomputeOrder } from '@deltastream/contracts';
import { DeltaStreamError } from './errors.ts';

/** The job that operations is asked for, and storage, the one writer of market data, carries out. */
export const RECOMPUTE_JOB = 'recompute';

export const recomputePayload = (order: RecomputeOrder): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(order));

export const readRecompute = (payload: Uint8Array): RecomputeOrder =>
  JSON.parse(new TextDecoder().decode(payload)) as RecomputeOrder;

/** The range of an order, epoch ms. Throws a permanent `invalid_request` for one that is none. */
export function recomputeRange({ from, to }: Pick<RecomputeOrder, 'from' | 'to'>): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (fromMs < toMs) return { fromMs, toMs };
  let problem = 'to: is not after from';
  if (Number.isNaN(toMs)) problem = 'to: is not a valid timestamp';
  if (Number.isNaN(fromMs)) problem = 'from: is not a valid timestamp';
  throw new DeltaStreamError('invalid_request', problem, { permanent: true });
}
