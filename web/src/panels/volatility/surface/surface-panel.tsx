import { lazy, Suspense, useCallback, useMemo } from 'react';
import { Chart } from '../../../charts/chart.tsx';
import { useChoice } from '../../../panel/choice/choice.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { useProductQuery } from '../../../panel/query/use-product-query.ts';
import { Skeleton } from '../../../panel/states.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { Tokens } from '../../../style/tokens.ts';
import { SMILE_AXES, type SmileAxis } from '../smile/smile-axis.ts';
import { heatMapOption, surface3dOption } from './surface-chart.ts';
import { rangeOf, type Surface, surfaceGrid, surfaceTable } from './surface-grid.ts';
import { hasWebGl } from './web-gl.ts';

const Surface3d = lazy(async () => ({ default: (await import('./surface-3d.tsx')).Surface3d }));

const AXES = {
  moneyness: SMILE_AXES.moneyness,
  strike: SMILE_AXES.strike,
  delta: SMILE_AXES.delta,
} as const satisfies Record<SmileAxis, string>;
const VIEWS = { map: 'Heat map', '3d': '3D' } as const;
const HEIGHT = { map: 300, '3d': 460 } as const;
const REFRESH_MS = 15_000; // A surface is fitted anew about that often.

/** The fitted surface: a heat map, or in space with the same figures. */
export function SurfacePanel() {
  const format = useFormat();
  const { data, states } = useProductQuery('getSurface', {}, { refreshMs: REFRESH_MS });
  const { value: axis, buttons: axes } = useChoice('surface-x', 'Horizontal axis', AXES);
  const { value: view, buttons: views } = useChoice('surface', 'View', VIEWS);
  const table = useMemo(() => data && surfaceTable(data, format), [data, format]);
  const fitted = data?.expiries.some(({ curve }) => curve.length > 0);
  return (
    <Panel
      title="Volatility surface"
      note={data && `SVI; ${data.repriced.inside} of ${data.repriced.quoted} quotes met`}
      asOf={data?.timestamp}
      {...states}
      empty={data && !fitted ? 'No expiry has enough quotes for a curve.' : null}
      table={table}
      controls={
        <>
          {axes}
          {views}
        </>
      }
    >
      {data && fitted && <Drawn data={data} axis={axis} view={view} />}
    </Panel>
  );
}

interface DrawnProps {
  readonly data: Surface;
  readonly axis: SmileAxis;
  readonly view: keyof typeof VIEWS;
}

function Drawn({ data, axis, view }: DrawnProps) {
  const format = useFormat();
  const grid = useMemo(() => surfaceGrid(data, axis), [data, axis]);
  const heatMap = useCallback(
    (tokens: Tokens) => heatMapOption(grid, axis, format, tokens),
    [grid, axis, format],
  );
  const inSpace = useCallback(
    (tokens: Tokens) => surface3dOption(grid, axis, format, tokens),
    [grid, axis, format],
  );
  const range = rangeOf(grid)?.map(format.figure.volatility).join(' to ') ?? 'none';
  const label = `Volatility surface of ${data.product} over ${grid.rows.length} expiries, from ${range}`;
  if (view === '3d' && hasWebGl()) {
    return (
      <Suspense fallback={<Skeleton />}>
        {/* Another axis is another space. */}
        <Surface3d key={`${data.product} ${axis}`} label={label} option={inSpace} height={HEIGHT['3d']} />
      </Suspense>
    );
  }
  return (
    <>
      {view === '3d' && (
        <p className="reason" role="status">
          This browser has no WebGL, which 3D needs; the heat map has the same figures.
        </p>
      )}
      <Chart label={label} option={heatMap} height={HEIGHT.map} />
    </>
  );
}
