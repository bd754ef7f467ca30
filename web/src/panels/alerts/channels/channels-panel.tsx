import { useMemo } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { ConfirmButton, Problem } from '../../../form/form.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { Channel, Delivery } from '../alert-types.ts';
import { useAlertOwner } from '../use-alert-owner.tsx';
import { KIND_TEXTS } from './channel-targets.ts';
import { NewChannel, SigningSecret } from './new-channel.tsx';

/** Where alerts are sent besides the page: made, tried, disabled and removed. */
export function AlertChannelsPanel() {
  const { owner, buttons } = useAlertOwner();
  const { data, error, refetch } = useServerQuery('listAlertChannels', { owner });
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Channels, by name',
        columns: ['Name', 'Kind', 'Target', 'Status', 'Reason', 'Last delivered'].map((title) => ({ title })),
        rows: data.channels.map((each) => [
          each.name,
          each.kind === 'web_push' ? 'browser' : KIND_TEXTS[each.kind],
          each.target,
          each.status,
          each.reason,
          each.last_delivered_at && format.instant(each.last_delivered_at),
        ]),
        keys: data.channels.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Channels"
      ofNow
      note="where alerts are sent besides this page; of an address only the end is shown"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
      controls={buttons}
    >
      {data && table && table.rows.length > 0 && <Channels channels={data.channels} table={table} />}
      <NewChannel owner={owner} />
    </Panel>
  );
}

interface ChannelsProps {
  readonly channels: readonly Channel[];
  readonly table: Parameters<typeof FigureTable>[0]['table'];
}

/** The list, with what can be done with each channel, and what came of it. */
function Channels({ channels, table }: ChannelsProps) {
  const test = useServerAction('testAlertChannel', ['listAlertChannels', 'listAlertDeliveries']);
  const put = useServerAction('putAlertChannel', ['listAlertChannels']);
  const remove = useServerAction('deleteAlertChannel', ['listAlertChannels', 'listAlertRules']);
  const all = [test, put, remove];
  // The outcome of the action before is not that of this one.
  const begin = (action: () => void) => {
    for (const each of all) each.reset();
    action();
  };
  const busy = all.some(({ isPending }) => isPending);
  const secret = put.data?.signing_secret ?? null;
  return (
    <>
      <Problem error={all.find((each) => each.error)?.error ?? null} />
      {test.data && <TestOutcome delivery={test.data} />}
      {secret !== null && <SigningSecret secret={secret} onKept={put.reset} />}
      <FigureTable
        table={table}
        actions={(row) => {
          const { id, name, kind, status, version } = channels[row];
          const off = status === 'disabled';
          return (
            <>
              <ActionButton
                aria-label={`Test ${name}`}
                disabled={busy || off}
                onClick={() => begin(() => test.mutate({ id }))}
              >
                Test
              </ActionButton>
              <ActionButton
                aria-label={`${off ? 'Enable' : 'Disable'} ${name}`}
                disabled={busy}
                onClick={() => begin(() => put.mutate({ id, version, enabled: off }))}
              >
                {off ? 'Enable' : 'Disable'}
              </ActionButton>
              {kind === 'webhook' && (
                <ConfirmButton
                  of={name}
                  consequence="Messages are signed with both secrets for a while, then with the new one alone."
                  disabled={busy}
                  onConfirm={() => begin(() => put.mutate({ id, version, rotate_secret: true }))}
                >
                  New secret
                </ConfirmButton>
              )}
              <ConfirmButton
                of={name}
                consequence="Rules that name it deliver to their other channels."
                disabled={busy}
                onConfirm={() => begin(() => remove.mutate({ id }))}
              >
                Delete
              </ConfirmButton>
            </>
          );
        }}
      />
    </>
  );
}

function TestOutcome({
  delivery: { channel, outcome, reason, status, duration_ms },
}: {
  readonly delivery: Delivery;
}) {
  const format = useFormat();
  const delivered = outcome === 'delivered';
  const why = [status === null ? null : `status ${status}`, reason].filter(Boolean).join(', ');
  return (
    <p role={delivered ? 'status' : 'alert'} className={delivered ? 'form-done' : 'form-problem'}>
      {channel}: {outcome}
      {delivered ? ` in ${format.figure.count(duration_ms)} ms` : why && ` (${why})`}.
    </p>
  );
}
