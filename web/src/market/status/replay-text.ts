import type { MarketStatus, ReplayState } from '@deltastream/client';
import type { Format } from '../../format/format.ts';

/** Speeds that are offered; the server takes any from the first on. */
export const REPLAY_SPEEDS = [0.1, 0.5, 1, 5, 15, 60, 300, 'max'] as const;
export type ReplaySpeed = ReplayState['speed'];

const OVER: ReadonlySet<ReplayState['state']> = new Set(['stopped', 'failed']);

/** The replay while it has the figures of its products; null where everything is live. */
export const underWay = (replay: ReplayState | null | undefined): ReplayState | null =>
  replay == null || OVER.has(replay.state) ? null : replay;

/** The replay that has the figures of a product; null where they are live. */
export function replayOf(
  status: (Partial<MarketStatus> & { readonly replay?: ReplayState | null }) | null,
  product: string | null,
): ReplayState | null {
  const replay = underWay(status?.replay);
  return replay !== null && product !== null && replay.products.includes(product) ? replay : null;
}

/**
 * Whether an update of a room, by its epoch, is of what is shown now: of the replay of its product, where there is one, and
 * else not of the one before, whose last figures stay in a room until the first live ones come.
 */
export function isOfShown(
  epoch: string,
  status: { readonly replay?: ReplayState | null } | null,
  product: string | null,
): boolean {
  const told = status?.replay ?? null;
  if (told === null || told.id === null) return true;
  return epoch.startsWith(`${told.id}:`) === (replayOf(status, product) !== null);
}

/** The recorded instant that a replay shows; its beginning before it shows one. ISO-8601. */
export const instantOf = (replay: Pick<ReplayState, 'at' | 'from'> | null): string | null =>
  replay === null ? null : (replay.at ?? replay.from);

export const speedText = (speed: ReplaySpeed): string => (speed === 'max' ? 'max' : `${speed}x`);

/** What a replay does: `Replay 60x`, `Replay paused`. */
export function replayState({ state, speed }: Pick<ReplayState, 'state' | 'speed'>): string {
  if (state === 'opening') return 'Replay is being read';
  if (state === 'paused') return 'Replay paused';
  if (state === 'ended') return 'Replay at its end';
  return speed === 'max' ? 'Replay at full speed' : `Replay ${speedText(speed)}`;
}

type Told = Pick<ReplayState, 'state' | 'speed' | 'at' | 'from'>;

/** What a replay does, and at which recorded instant: `Replay 60x, 19 Aug 2026, 11:00:00`. */
export function replayLabel(replay: Told, instant: Format['instant']): string {
  const at = instantOf(replay);
  return at === null ? replayState(replay) : `${replayState(replay)}, ${instant(at)}`;
}

/** What comes at its end, and of which times it is: `again and again; times as if now`. */
export function replayTerms({
  loop,
  then_live,
  shift_ms,
  passes,
}: Pick<ReplayState, 'loop' | 'then_live' | 'shift_ms' | 'passes'>): string {
  const end = loop ? `again and again${passes > 0 ? `, pass ${passes + 1}` : ''}` : 'then live';
  return [loop || then_live ? end : 'then stops', shift_ms === 0 ? null : 'times as if now']
    .filter((term) => term !== null)
    .join('; ');
}
