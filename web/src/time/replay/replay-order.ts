import type { ReplayState, RequestOf, Routes } from '@deltastream/client';
import { instantAt, localTimeAt } from '../exchange-day.ts';
import { AT_END, type AtEnd } from '../play-on.ts';
import type { DaySnapshots } from '../use-snapshots.ts';

export type ReplayOrder = RequestOf<Routes['startReplay']>;

/** What the form says, by the names of its fields; a field that is empty or not ticked is not there. */
export type ReplayFields = Readonly<Partial<Record<FieldName, string>>>;
type FieldName = 'recording' | 'from' | 'to' | 'products' | 'speed' | 'end' | 'shift' | 'paused';

const MS_PER_SECOND = 1_000;

/** What the form begins with: what is played now, else the day that is shown. */
export function fieldsOf(
  replay: ReplayState | null,
  day: Pick<DaySnapshots, 'first' | 'last'> | null,
  timeZone: string,
): ReplayFields & { readonly end: AtEnd } {
  const from = replay ? replay.from : (day?.first ?? null);
  // The end is exclusive, and the last snapshot is to be shown.
  const last = day?.last ? Date.parse(day.last) + MS_PER_SECOND : null;
  const to = replay ? replay.to : last !== null ? new Date(last).toISOString() : null;
  const local = (iso: string | null) => (iso === null ? undefined : localTimeAt(iso, timeZone));
  return {
    recording: replay?.recording ?? undefined,
    from: local(from),
    to: local(to),
    speed: String(replay?.speed ?? 1),
    end: replay?.loop ? 'loop' : replay?.then_live ? 'live' : 'stop',
    shift: replay && replay.shift_ms !== 0 ? 'on' : undefined,
  };
}

/** What the server is asked to play; times of the fields are those of `timeZone`. */
export function orderOf(fields: ReplayFields, timeZone: string): ReplayOrder {
  const { recording, from, to, products, speed = '1', end, shift, paused } = fields;
  return {
    ...(recording !== undefined && { recording }),
    ...(from !== undefined && { from: instantAt(from, timeZone) }),
    ...(to !== undefined && { to: instantAt(to, timeZone) }),
    ...(products !== undefined && { products: [products] }),
    speed: speed === 'max' ? 'max' : Number(speed),
    ...(end === 'loop' && { loop: true }),
    ...(end === 'live' && { then_live: true }),
    ...(shift !== undefined && { shift: true }),
    ...(paused !== undefined && { paused: true }),
  };
}

export const END_OPTIONS = Object.entries(AT_END);
