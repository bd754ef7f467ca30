import { PRODUCT_FIGURES, type ProductFigureName } from '@deltastream/client';
import { useMemo } from 'react';
import { FigureList } from '../../format/figure-list.tsx';
import { words } from '../../format/format.ts';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { named } from './named-figure.ts';

const SHOWN = [
  'iv_nearest',
  'iv_30d',
  'iv_rank',
  'iv_percentile',
  'term_slope',
  'volatility_index_30d',
  'rv_close_to_close_20',
  'volatility_risk_premium',
  'total_gex_net',
  'total_dex_net',
  'zero_dte_share',
] as const satisfies readonly ProductFigureName[];

const FIELDS = { fields: [...SHOWN, 'null_reasons'].join(',') };

/** Figures across the expiries and sessions of the product that is shown. */
export function ProductFiguresPanel() {
  const { data, states } = useProductQuery('getProductFigures', FIELDS);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: `Figures of ${data.product} across its expiries`,
        columns: [{ title: 'Figure' }, { title: 'Value' }, { title: 'Unit' }],
        rows: SHOWN.map((name) => [PRODUCT_FIGURES[name].title, data[name], PRODUCT_FIGURES[name].unit]),
      },
    [data],
  );
  return (
    <Panel
      title="Figures of the product"
      note="across expiries and sessions"
      asOf={data?.timestamp}
      {...states}
      table={table}
    >
      {data && (
        <FigureList
          label={`Figures of ${data.product} across its expiries`}
          figures={SHOWN.map((name) => ({
            ...named(name, format),
            value: data[name],
            reason: words(data.null_reasons[name] ?? 'not computed for this snapshot'),
          }))}
        />
      )}
    </Panel>
  );
}
