import type { ResponseOf, Routes } from '@deltastream/client';
import type { Span } from '../search/log-range.ts';

type Histogram = ResponseOf<Routes['getLogHistogram']>;

/** How lines are told apart in a bar, the gravest first: by more levels nobody can. */
export const SHADES = ['error', 'warn', 'info', 'debug'] as const;
export type Shade = (typeof SHADES)[number];
const SHADE_OF: Readonly<Record<string, Shade>> = {
  fatal: 'error',
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'debug',
};

/** The words for them. */
export const SHADE_TITLES: Readonly<Record<Shade, string>> = {
  error: 'errors',
  warn: 'warnings',
  info: 'info',
  debug: 'debug',
};

/** Lines of one step. */
export interface Bar {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly counts: Readonly<Record<Shade, number>>;
  readonly total: number;
}

const NONE: Readonly<Record<Shade, number>> = { error: 0, warn: 0, info: 0, debug: 0 };

/** Every step of a range, those without lines too; an open one ends where lines end, if the server's clock is ahead. */
export function barsOf(histogram: Histogram, { fromMs, toMs, isOpen }: Span): Bar[] {
  const stepMs = histogram.step * 1_000;
  const byStart = new Map(histogram.steps.map(({ from, groups }) => [Date.parse(from), groups]));
  const last = isOpen ? Math.max(toMs, ...byStart.keys()) : toMs - 1;
  const first = Math.floor(fromMs / stepMs) * stepMs;
  const count = Math.max(1, Math.floor((last - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, i) => {
    const start = first + i * stepMs;
    const counts = { ...NONE };
    for (const { values, count: lines } of byStart.get(start) ?? [])
      counts[SHADE_OF[values[0] ?? ''] ?? 'info'] += lines;
    return { fromMs: start, toMs: start + stepMs, counts, total: sumOf(counts) };
  });
}

const sumOf = (counts: Readonly<Record<Shade, number>>): number =>
  SHADES.reduce((sum, shade) => sum + counts[shade], 0);

/** Lines of all bars. */
export const totals = (bars: readonly Bar[]): Record<Shade, number> =>
  bars.reduce<Record<Shade, number>>(
    (sum, { counts }) => {
      for (const shade of SHADES) sum[shade] += counts[shade];
      return sum;
    },
    { ...NONE },
  );

/** Which bars a reader marks: from where it began to where it is, whichever is first. */
export const markedRange = (
  bars: readonly Bar[],
  anchor: number,
  at: number,
): { readonly from: string; readonly to: string } => ({
  from: new Date(bars[Math.min(anchor, at)].fromMs).toISOString(),
  to: new Date(bars[Math.max(anchor, at)].toMs).toISOString(),
});

/** `12 lines: 1 error, 11 info` of a bar; those of which there are none are not named. */
export function barText({ counts, total }: Bar, count: (value: number) => string): string {
  if (total === 0) return 'no lines';
  const parts = SHADES.filter((shade) => counts[shade] > 0).map(
    (shade) => `${count(counts[shade])} ${counts[shade] === 1 ? ONE[shade] : SHADE_TITLES[shade]}`,
  );
  return `${count(total)} ${total === 1 ? 'line' : 'lines'}: ${parts.join(', ')}`;
}

const ONE: Readonly<Record<Shade, string>> = {
  error: 'error',
  warn: 'warning',
  info: 'info',
  debug: 'debug',
};
