import './jobs.css';
import { useMemo } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Choice, ConfirmButton, Field, Problem, valuesOf } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { UploadRecording } from '../start/upload-recording.tsx';
import { DownloadButton } from './download-button.tsx';
import { importOutcome, importShare, JOB_COLUMNS, jobCells } from './job-rows.ts';

const REFRESH_MS = 2_000; // Progress should be seen to move.

/** Recordings that are brought into the store. */
export function ImportsPanel() {
  const { data, error, refetch } = useServerQuery('listImports', {}, { refreshMs: REFRESH_MS });
  const cancel = useServerAction('cancelImport', ['listImports']);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Imports, the newest first',
        columns: [
          { title: 'Recording' },
          { title: 'Progress', format: format.percent },
          ...['Chains', 'Ticks', 'Rejected', 'Outcome', ...JOB_COLUMNS].map((title) => ({
            title,
            format: format.figure.count,
          })),
        ],
        rows: data.imports.map((each) => [
          `${each.file}${each.dry_run ? ' (dry run)' : ''}`,
          importShare(each),
          each.progress?.chains ?? null,
          each.progress?.ticks ?? null,
          each.progress?.rejected ?? null,
          importOutcome(each),
          ...jobCells(each, format),
        ]),
        keys: data.imports.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Imports"
      ofNow
      note="recordings in the folder “imports” of the data folder"
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
            const { id, file, state, progress } = data.imports[row];
            return (
              <>
                {progress?.rejects && (
                  <DownloadButton
                    of={`rejects of ${file}`}
                    name={`rejects of ${file}.csv`}
                    route="downloadRejects"
                    request={{ id }}
                  >
                    Rejects
                  </DownloadButton>
                )}
                {(state === 'waiting' || state === 'running') && (
                  <ConfirmButton
                    of={file}
                    consequence="What it stored until then stays."
                    disabled={cancel.isPending}
                    onConfirm={() => cancel.mutate({ id })}
                  >
                    Cancel
                  </ConfirmButton>
                )}
              </>
            );
          }}
        />
      )}
      {data && data.files.length > 0 && <NewImport files={data.files} />}
      {data && <UploadRecording />}
    </Panel>
  );
}

function NewImport({ files }: { readonly files: readonly string[] }) {
  const create = useServerAction('createImport', ['listImports']);
  return (
    <form
      className="form job-form"
      aria-label="New import"
      onSubmit={(event) => {
        event.preventDefault();
        const { file = '', product, expiry, dry, keep } = valuesOf(event.currentTarget);
        create.mutate({
          file,
          dry_run: dry !== undefined,
          keep_existing: keep !== undefined,
          ...(product && { recorded_product: product.toUpperCase() }),
          ...(expiry && { recorded_expiry: expiry }),
        });
      }}
    >
      <Choice label="Recording" name="file" options={files.map((file) => [file, file] as const)} />
      <Field label="Product, where the recording does not say it" name="product" />
      <Field label="Expiry, likewise" name="expiry" type="date" />
      <Field label="Keep what is stored" name="keep" type="checkbox" />
      <Field label="Dry run: store nothing" name="dry" type="checkbox" />
      <Problem error={create.error} />
      <ActionButton type="submit" className="primary" disabled={create.isPending}>
        Import
      </ActionButton>
    </form>
  );
}
