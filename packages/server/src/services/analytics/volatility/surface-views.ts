import {
  type getSurface,
  type getSurfaceFit,
  isoTime,
  type SurfaceFit,
  type SurfaceSlice,
} from '@deltastream/contracts';
import type { Static } from 'typebox';
import { curveOf } from './curve.ts';

type FitView = Static<(typeof getSurfaceFit.schema.response)[200]>;
type SurfaceView = Static<(typeof getSurface.schema.response)[200]>;

/** A fitted surface as its parameters. */
export function surfaceFitView({ product, timestamp, slices }: SurfaceFit): FitView {
  const expiries = slices.map((slice) => ({ ...slice, timestamp: isoTime(slice.timestamp) }));
  return { product, timestamp: isoTime(timestamp), count: expiries.length, expiries };
}

/** A fitted surface as curves of so many places. */
export function surfaceView({ product, timestamp, slices }: SurfaceFit, places: number): SurfaceView {
  const expiries = slices.map((slice) => ({
    ...fittedView(slice),
    points: { strikes: slice.strikes, iv: slice.iv },
    curve: curveOf(slice, places),
  }));
  const sum = (count: 'quoted' | 'inside') =>
    slices.reduce((total, { repriced }) => total + (repriced?.[count] ?? 0), 0);
  const repriced = { quoted: sum('quoted'), inside: sum('inside') };
  return { product, timestamp: isoTime(timestamp), repriced, count: expiries.length, expiries };
}

/** What is said of the fit of one expiry. */
export function fittedView({ strikes, iv, timestamp, ...slice }: SurfaceSlice) {
  return { ...slice, timestamp: isoTime(timestamp) };
}
