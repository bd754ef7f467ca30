import { CHAIN_FIGURES, type HistoryFigure, type ResponseOf, type Routes } from '@deltastream/client';
import { useMemo } from 'react';
import { Figure } from '../../format/figure.tsx';
import { inColumn, meaning, words } from '../../format/format.ts';
import { useAddress } from '../../market/address/use-address.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';

type ByExpiry = ResponseOf<Routes['getFiguresByExpiry']>;

const SHOWN = [
  'atm_iv',
  'pcr_oi',
  'pcr_volume',
  'max_pain_strike',
  'total_call_oi',
  'total_put_oi',
  'gex_net',
  'gamma_flip',
] as const satisfies readonly HistoryFigure[];

/** The same figures of every unexpired expiry; a click shows that expiry, and the product that it is of, on the page. */
export function ByExpiryPanel() {
  const { data, states } = useProductQuery('getFiguresByExpiry', { figures: SHOWN.join(',') });
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: `Figures of ${data.product} by expiry`,
        columns: [
          { title: 'Expiry' },
          ...SHOWN.map((name) => ({
            title: CHAIN_FIGURES[name].title,
            format: format.figure[CHAIN_FIGURES[name].format],
          })),
        ],
        rows: data.expiries.map((each) => [each.expiry, ...SHOWN.map((name) => each[name] ?? null)]),
      },
    [data, format],
  );
  const all = data?.pcr_oi ?? null;
  return (
    <Panel
      title="Figures by expiry"
      note={all === null ? undefined : `put-call ratio of all expiries ${format.figure.ratio(all)}`}
      asOf={data?.timestamp}
      {...states}
      table={table}
    >
      {data && <Expiries data={data} />}
    </Panel>
  );
}

function Expiries({ data }: { readonly data: ByExpiry }) {
  const format = useFormat();
  const { expiry: shown, pin } = useMarketView();
  const [, change] = useAddress();
  const formats = SHOWN.map((name) =>
    inColumn(
      format.figure[CHAIN_FIGURES[name].format],
      data.expiries.map((each) => each[name]),
    ),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach.
    <section className="figure-table" tabIndex={0} aria-label="Expiries and their figures">
      <table>
        <caption className="unseen">Figures of {data.product} by expiry</caption>
        <thead>
          <tr>
            <th scope="col">Expiry</th>
            {SHOWN.map((name) => (
              <th key={name} scope="col" title={meaning(CHAIN_FIGURES[name])}>
                {CHAIN_FIGURES[name].title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.expiries.map((each) => (
            <tr key={each.expiry}>
              <td>
                <button
                  type="button"
                  aria-pressed={each.expiry === shown}
                  onClick={() => change({ expiry: each.expiry, ...(pin && { product: pin.product }) })}
                >
                  {format.expiry(each.expiry)}
                </button>
              </td>
              {SHOWN.map((name, i) => (
                <td key={name}>
                  <Figure
                    value={each[name] ?? null}
                    format={formats[i]}
                    reason={words(data.null_reasons[`${each.expiry}.${name}`] ?? 'not computed')}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
