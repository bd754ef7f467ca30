import './jobs.css';
import { useMemo } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Choice, Field, Problem, valuesOf } from '../../form/form.tsx';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { instantOf, JOB_COLUMNS, jobCells } from './job-rows.ts';

const REFRESH_MS = 2_000; // Progress should be seen to move.

/** Stored figures that are computed again from the stored quotes. */
export function RecomputesPanel() {
  const { data, error, refetch } = useServerQuery('listRecomputes', {}, { refreshMs: REFRESH_MS });
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Recomputations, the newest first',
        columns: [
          ...['Products', 'From', 'To', 'Mode'].map((title) => ({ title })),
          { title: 'Progress', format: format.percent },
          ...['Chains', 'Chains changed', 'Figures changed', 'Damaged', ...JOB_COLUMNS].map((title) => ({
            title,
            format: format.figure.count,
          })),
        ],
        rows: data.recomputes.map((each) => [
          each.products?.join(', ') ?? 'every product',
          format.instant(each.from),
          format.instant(each.to),
          each.dry_run ? 'dry run' : 'replaces',
          each.progress?.share ?? null,
          each.progress?.chains ?? null,
          each.progress?.chains_changed ?? null,
          each.progress ? each.progress.figures.map(({ figure }) => figure).join(', ') || 'none' : null,
          each.progress?.damaged_count ?? null,
          ...jobCells(each, format),
        ]),
        keys: data.recomputes.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Recomputations"
      ofNow
      note="figures computed again from the stored quotes"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
    >
      {table && table.rows.length > 0 && <FigureTable table={table} />}
      <NewRecompute />
    </Panel>
  );
}

function NewRecompute() {
  const create = useServerAction('createRecompute', ['listRecomputes']);
  const { products } = useMarketView();
  return (
    <form
      className="form job-form"
      aria-label="New recomputation"
      onSubmit={(event) => {
        event.preventDefault();
        const { product, from, to, dry } = valuesOf(event.currentTarget);
        create.mutate({
          from: instantOf(from) ?? '',
          to: instantOf(to) ?? '',
          dry_run: dry !== undefined,
          ...(product && { products: [product] }),
        });
      }}
    >
      <Choice
        label="Product"
        name="product"
        options={[['', 'every product'], ...products.map((each) => [each.product, each.product] as const)]}
      />
      <Field label="From, UTC" name="from" type="datetime-local" required />
      <Field label="To, UTC, exclusive" name="to" type="datetime-local" required />
      <Field label="Dry run: compare and replace nothing" name="dry" type="checkbox" defaultChecked />
      <Problem error={create.error} />
      <ActionButton type="submit" className="primary" disabled={create.isPending}>
        Recompute
      </ActionButton>
    </form>
  );
}
