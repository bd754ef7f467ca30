import './jobs.css';
import { useMemo } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Choice, ConfirmButton, Field, Problem, valuesOf } from '../../form/form.tsx';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { DownloadButton } from './download-button.tsx';
import { instantOf, JOB_COLUMNS, jobCells } from './job-rows.ts';

const REFRESH_MS = 2_000; // Progress should be seen to move.
const KINDS = ['chains', 'ticks', 'bars'] as const;

/** Chains, ticks or bars of a product that are written to a file. */
export function ExportsPanel() {
  const { data, error, refetch } = useServerQuery('listExports', {}, { refreshMs: REFRESH_MS });
  const cancel = useServerAction('cancelExport', ['listExports']);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Exports, the newest first',
        columns: ['Product', 'Kind', 'From', 'To', 'Rows', 'Bytes', 'Outcome', ...JOB_COLUMNS].map(
          (title) => ({
            title,
            format: format.figure.count,
          }),
        ),
        rows: data.exports.map((each) => [
          each.product,
          each.kind,
          format.instant(each.from),
          format.instant(each.to),
          each.progress?.rows ?? null,
          each.progress?.bytes ?? null,
          each.progress?.cancelled ? 'cancelled' : null,
          ...jobCells(each, format),
        ]),
        keys: data.exports.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Exports"
      ofNow
      note="CSV of what is stored"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
    >
      <Problem error={cancel.error} />
      {data && table && table.rows.length > 0 && (
        <FigureTable
          table={table}
          actions={(row) => {
            const { id, file, state } = data.exports[row];
            if (state === 'waiting' || state === 'running') {
              return (
                <ConfirmButton
                  of={file}
                  consequence="Nothing of its file is left."
                  disabled={cancel.isPending}
                  onConfirm={() => cancel.mutate({ id })}
                >
                  Cancel
                </ConfirmButton>
              );
            }
            if (!data.files.some((each) => each.file === file)) return null;
            return (
              <DownloadButton of={file} name={file} route="downloadExport" request={{ file }}>
                Download
              </DownloadButton>
            );
          }}
        />
      )}
      <NewExport />
    </Panel>
  );
}

function NewExport() {
  const create = useServerAction('createExport', ['listExports']);
  const { products, product } = useMarketView();
  if (product === null) return <p className="message">Nothing is stored that could be exported.</p>;
  return (
    <form
      className="form job-form"
      aria-label="New export"
      onSubmit={(event) => {
        event.preventDefault();
        const { kind, product: of = '', from, to } = valuesOf(event.currentTarget);
        create.mutate({
          kind: KINDS.find((each) => each === kind) ?? KINDS[0],
          product: of,
          from: instantOf(from) ?? '',
          to: instantOf(to) ?? '',
        });
      }}
    >
      <Choice label="What" name="kind" options={KINDS.map((kind) => [kind, kind] as const)} />
      <Choice
        label="Product"
        name="product"
        defaultValue={product.product}
        options={products.map((each) => [each.product, each.product] as const)}
      />
      <Field label="From, UTC" name="from" type="datetime-local" required />
      <Field label="To, UTC, exclusive" name="to" type="datetime-local" required />
      <Problem error={create.error} />
      <ActionButton type="submit" className="primary" disabled={create.isPending}>
        Export
      </ActionButton>
    </form>
  );
}
