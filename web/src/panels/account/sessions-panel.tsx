import { useMemo } from 'react';
import { ConfirmButton, Problem } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { deviceName } from './device-name.ts';
import { sessionTable } from './session-table.ts';

/** Where the account is logged in, and how to end that. */
export function SessionsPanel() {
  const { data, error, refetch } = useServerQuery('listSessions', {});
  const revoke = useServerAction('revokeSession', ['listSessions']);
  const everywhere = useServerAction('logoutEverywhere');
  const format = useFormat();
  const table = useMemo(
    () => data && sessionTable('Sessions of this account, the newest first', data.sessions, format),
    [data, format],
  );
  return (
    <Panel
      title="Sessions"
      ofNow
      note="where this account is logged in"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
      controls={
        <ConfirmButton
          consequence="Every session ends, this one too."
          onConfirm={() => everywhere.mutate({})}
        >
          Log out everywhere
        </ConfirmButton>
      }
    >
      <Problem error={revoke.error ?? everywhere.error} />
      {data && table && (
        <FigureTable
          table={table}
          actions={(row) => {
            const { id, device, created_at, current } = data.sessions[row];
            if (current) return null;
            return (
              <ConfirmButton
                of={`the session of ${deviceName(device)}, started ${format.instant(created_at)}`}
                consequence="It ends within a second."
                disabled={revoke.isPending}
                onConfirm={() => revoke.mutate({ session_id: id })}
              >
                Revoke
              </ConfirmButton>
            );
          }}
        />
      )}
    </Panel>
  );
}
