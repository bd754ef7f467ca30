import type { ResponseOf, Routes } from '@deltastream/client';
import type { Format } from '../../format/format.ts';

export type Import = ResponseOf<Routes['listImports']>['imports'][number];
export type Export = ResponseOf<Routes['listExports']>['exports'][number];
export type Recompute = ResponseOf<Routes['listRecomputes']>['recomputes'][number];

type Cell = string | number | null;

/** What every job says of itself, after what it is: its columns and their cells. */
export const JOB_COLUMNS = ['State', 'Added', 'Ended', 'Tries', 'Last failure'] as const;

export const jobCells = (
  { state, added_at, ended_at, tries, reason }: Import | Export | Recompute,
  { instant }: Pick<Format, 'instant'>,
): Cell[] => [state, instant(added_at), ended_at && instant(ended_at), tries, reason];

/** How far an import is, as a share; null where nobody can know. */
export function importShare({ progress, state }: Import): number | null {
  if (state === 'done' && !progress?.cancelled) return 1;
  return progress?.total ? Math.min(1, progress.position / progress.total) : null;
}

/** What became of an import in words. */
export function importOutcome({ dry_run, progress }: Import): string | null {
  if (progress === null) return null;
  if (progress.cancelled) return 'cancelled; what it stored stays';
  const { outcome, preview } = progress;
  if (dry_run) {
    return preview && `${preview.format}: ${preview.products.map(({ product }) => product).join(', ')}`;
  }
  if (outcome === null) return null;
  const { chains, ticks } = outcome;
  const sum = (name: 'new' | 'replaced' | 'kept') => chains[name] + ticks[name];
  return `${sum('new')} new, ${sum('replaced')} replaced, ${sum('kept')} kept`;
}

/** `2026-08-19T09:15` of a picker as UTC; null when it is not a time. */
export function instantOf(picked: string | undefined): string | null {
  const time = Date.parse(`${picked}Z`);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
