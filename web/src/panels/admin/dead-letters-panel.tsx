import './jobs.css';
import { useMemo, useState } from 'react';
import { ConfirmButton, Problem } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { Message, Skeleton } from '../../panel/states.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';

/** Messages that a consumer gave up on, and jobs that failed at every try. */
export function DeadLettersPanel() {
  const { data, error, refetch } = useServerQuery('listDeadLetters', {});
  const replay = useServerAction('replayDeadLetter', ['listDeadLetters']);
  const discard = useServerAction('discardDeadLetter', ['listDeadLetters']);
  const [opened, setOpened] = useState<string | null>(null);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Dead letters, the newest first',
        columns: ['Time', 'Name', 'Kind', 'Group', 'Tries', 'Bytes', 'Reason'].map((title) => ({
          title,
          format: format.figure.count,
        })),
        rows: data.letters.map((each) => [
          format.instant(each.timestamp),
          each.name,
          each.kind,
          each.group,
          each.tries,
          each.bytes,
          each.reason,
        ]),
        keys: data.letters.map(({ id }) => id),
      },
    [data, format],
  );
  const busy = replay.isPending || discard.isPending;
  return (
    <Panel
      title="Dead letters"
      ofNow
      note="the newest 100; replay publishes a message again, to every group"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      empty={data?.count === 0 ? 'There are none.' : null}
      table={table}
      isTable
    >
      <Problem error={replay.error ?? discard.error} />
      {data && table && (
        <FigureTable
          table={table}
          actions={(row) => {
            const { id, kind, name } = data.letters[row];
            const of = `the ${kind} of ${name}`;
            return (
              <>
                <button
                  type="button"
                  aria-expanded={opened === id}
                  aria-label={`Show ${of}`}
                  onClick={() => setOpened(opened === id ? null : id)}
                >
                  Show
                </button>
                <ConfirmButton
                  of={of}
                  consequence={
                    kind === 'job'
                      ? 'The job starts at its first try.'
                      : 'It is published once more, and every group sees it.'
                  }
                  disabled={busy}
                  onConfirm={() => replay.mutate({ id })}
                >
                  Replay
                </ConfirmButton>
                <ConfirmButton
                  of={of}
                  consequence="It is gone for good."
                  disabled={busy}
                  onConfirm={() => discard.mutate({ id })}
                >
                  Discard
                </ConfirmButton>
              </>
            );
          }}
        />
      )}
      {opened !== null && data?.letters.some(({ id }) => id === opened) && (
        <Payload key={opened} id={opened} />
      )}
    </Panel>
  );
}

/** A letter does not change. */
const REFRESH_MS = 600_000;

function Payload({ id }: { readonly id: string }) {
  const { data, error, refetch } = useServerQuery('getDeadLetter', { id }, { refreshMs: REFRESH_MS });
  if (error) return <Message kind="error" error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach.
    <section className="payload" aria-label={`Payload of ${data.name}`} tabIndex={0}>
      <p className="panel-note">
        {data.content === null ? 'It does not decode; the bytes in base64:' : 'The payload, decoded:'}
      </p>
      <pre>{data.content === null ? data.payload_base64 : JSON.stringify(data.content, null, 2)}</pre>
    </section>
  );
}
