import type { ResponseOf, Routes } from '@deltastream/client';
import type { Format } from '../../../format/format.ts';
import type { Table } from '../../../panel/table/figure-table.tsx';
import { callDelta, deltaName, positionOn, type SmileAxis } from '../smile/smile-axis.ts';

export type Surface = ResponseOf<Routes['getSurface']>;

/** Volatilities at the same positions of every expiry that has a curve. */
export interface SurfaceGrid {
  /** Ascending, on the axis that was asked for. */
  readonly positions: readonly number[];
  readonly rows: readonly {
    readonly expiry: string;
    readonly days: number;
    /** By position; null outside of the quotes of the expiry. */
    readonly iv: readonly (number | null)[];
  }[];
}

/** At most so many, fewer where the next round step is greater. */
const COLUMNS = 60;
const DELTAS = { from: 0.05, to: 0.95, step: 0.025 } as const;
const DAYS_PER_YEAR = 365;

/** The fitted curves on one grid, linear between the places of each; nothing is extrapolated. */
export function surfaceGrid({ expiries }: Surface, axis: SmileAxis): SurfaceGrid {
  const curves = expiries.flatMap(({ expiry, year_fraction, curve }) => {
    const places = curve.flatMap((place) => {
      const position = positionOn(axis, place, year_fraction);
      return position === null || place.iv === null ? [] : [{ position, iv: place.iv }];
    });
    places.sort((a, b) => a.position - b.position);
    return places.length < 2 ? [] : [{ expiry, days: year_fraction * DAYS_PER_YEAR, places }];
  });
  const all = curves.flatMap(({ places }) => places.map(({ position }) => position));
  if (all.length === 0) return { positions: [], rows: [] };
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const step = axis === 'delta' ? DELTAS.step : roundStep((high - low) / COLUMNS);
  const [from, to] = axis === 'delta' ? [DELTAS.from, DELTAS.to] : [low, high];
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  const positions = Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return {
    positions,
    rows: curves.map(({ expiry, days, places }) => ({
      expiry,
      days,
      iv: positions.map((position) => interpolate(places, position)),
    })),
  };
}

/** The next of 1, 2 and 5 times a power of ten, so that positions are numbers that are easy to read. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((each) => each * power >= least) ?? 10) * power;
}

interface Placed {
  readonly position: number;
  readonly iv: number;
}

function interpolate(places: readonly Placed[], position: number): number | null {
  const next = places.findIndex((each) => each.position >= position);
  if (next === -1) return null;
  const right = places[next];
  if (right.position === position) return right.iv;
  if (next === 0) return null;
  const left = places[next - 1];
  const weight = (position - left.position) / (right.position - left.position);
  return left.iv + weight * (right.iv - left.iv);
}

/** A position as the axis says it. */
export const positionText = (axis: SmileAxis, format: Format) => (position: number) => {
  if (axis === 'strike') return format.strike(position);
  return axis === 'delta' ? deltaName(position) : format.figure.ratio(position);
};

/** The lowest and the highest volatility of a grid; null without any. */
export function rangeOf({ rows }: SurfaceGrid): readonly [number, number] | null {
  const known = rows.flatMap(({ iv }) => iv.filter((each) => each !== null));
  return known.length === 0 ? null : [Math.min(...known), Math.max(...known)];
}

/** Every place of the curves, with what it implies. */
export function surfaceTable({ product, expiries }: Surface, format: Format): Table {
  const { volatility, fraction } = format.figure;
  return {
    caption: `Fitted surface of ${product} by expiry and strike`,
    columns: [
      { title: 'Expiry' },
      { title: 'Strike', format: format.price },
      { title: 'ln(strike / forward)', format: fraction },
      { title: 'Delta of the call', format: fraction },
      { title: 'IV', format: volatility },
      { title: 'P(below at expiry)', format: volatility },
      { title: 'P(touched before)', format: volatility },
    ],
    rows: expiries.flatMap(({ expiry, year_fraction, curve }) =>
      curve.map((place) => [
        expiry,
        place.strike,
        place.log_moneyness,
        callDelta(place, year_fraction),
        place.iv,
        place.probability_below,
        place.probability_touch,
      ]),
    ),
  };
}
