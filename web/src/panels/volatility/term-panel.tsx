import './volatility.css';
import { useCallback, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { FigureList } from '../../format/figure-list.tsx';
import { type Format, words } from '../../format/format.ts';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { usePreviousClose } from '../../time/use-snapshots.ts';
import { named } from '../product/named-figure.ts';
import { type TermStructure, termOption, termTable } from './term-structure.ts';

/** At-the-money volatility by expiry, between expiries, and at constant maturities; beside the previous close. */
export function TermPanel() {
  const format = useFormat();
  const { data, states } = useProductQuery('getTermStructure', {});
  const previousCloseAt = usePreviousClose();
  const before = useProductQuery('getTermStructure', {}, { at: previousCloseAt });
  const previousClose = previousCloseAt === null || before.isPlaceholder ? null : before.data;
  const table = useMemo(() => data && termTable(data, format), [data, format]);
  return (
    <Panel
      title="Term structure"
      note="annualised, calendar days; dashed: previous close"
      asOf={data?.timestamp}
      {...states}
      table={table}
    >
      <IndexFacts slope={data?.term_slope ?? null} />
      {data && <Term data={data} previousClose={previousClose} format={format} />}
      {data && data.outdated_expiries.length > 0 && (
        <p className="message">
          Left out, their last chain is too old:{' '}
          {data.outdated_expiries.map((expiry) => format.expiry(expiry)).join(', ')}
        </p>
      )}
    </Panel>
  );
}

interface TermProps {
  readonly data: TermStructure;
  readonly previousClose: TermStructure | null;
  readonly format: Format;
}

function Term({ data, previousClose, format }: TermProps) {
  const option = useCallback(
    (tokens: Tokens) => termOption(data, previousClose, format, tokens),
    [data, previousClose, format],
  );
  const at30 = data.constant_maturities.find(({ days }) => days === 30)?.iv ?? null;
  return (
    <Chart
      label={`Term structure of ${data.product} over ${data.count} expiries; 30 days ${
        at30 === null ? 'none' : format.figure.volatility(at30)
      }`}
      option={option}
    />
  );
}

interface Indices {
  readonly product: string;
  readonly volatility_index_30d?: number | null;
  readonly volatility_index_9d?: number | null;
  readonly venue_volatility_index?: number | null;
}

/** The model-free indices, and how much longer volatility costs over shorter. */
function IndexFacts({ slope }: { readonly slope: number | null }) {
  const format = useFormat();
  const { data } = useProductQuery('getVolatilityIndex', {});
  const indices: Indices | null = data;
  const index = (name: Exclude<keyof Indices, 'product'>) => ({
    ...named(name, format),
    value: indices?.[name] ?? null,
    reason: words(data?.null_reasons[name] ?? 'not computed yet'),
  });
  const hasVenueIndex = data !== null && data.null_reasons.venue_volatility_index !== 'no_venue_index';
  return (
    <FigureList
      label="Volatility indices"
      figures={[
        index('volatility_index_30d'),
        index('volatility_index_9d'),
        ...(hasVenueIndex ? [index('venue_volatility_index')] : []),
        { ...named('term_slope', format), value: slope, reason: 'no expiries around 60 and 30 days' },
      ]}
    />
  );
}
