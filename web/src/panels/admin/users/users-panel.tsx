import '../jobs.css';
import type { ResponseOf, Routes } from '@deltastream/client';
import { useMemo, useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { ConfirmButton, Problem } from '../../../form/form.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useSession } from '../../../platform/platform.tsx';
import { useServerAction, useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { UserSessions } from './user-sessions.tsx';

type User = ResponseOf<Routes['listUsers']>['users'][number];

const ROLES: readonly User['role'][] = ['viewer', 'trader', 'admin'];
/** What is asked for again after what may end sessions. */
const ENDING = ['listUsers', 'listUserSessions'] as const;
/** Accounts of a page. */
const PAGE = 100;

/** Who has an account, what role it has, and whether it may log in. */
export function UsersPanel() {
  /** Where the pages before began, and this one. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const { data, error, refetch, isPlaceholderData } = useServerQuery(
    'listUsers',
    { limit: PAGE, ...(cursor && { cursor }) },
    { keepsPrevious: true },
  );
  const next = (!isPlaceholderData && data?.next_cursor) || null;
  const format = useFormat();
  const table = useMemo(() => {
    const instant = (iso: string | null) => iso && format.instant(iso);
    return (
      data && {
        caption: 'Accounts, by email',
        columns: ['Email', 'Name', 'Role', 'State', 'Second factor', 'Last login', 'Created'].map(
          (title) => ({
            title,
          }),
        ),
        rows: data.users.map((each) => [
          each.email,
          each.name,
          each.role,
          each.disabled_at === null ? 'active' : `disabled since ${format.instant(each.disabled_at)}`,
          each.second_factor ? 'yes' : 'no',
          instant(each.last_login_at),
          instant(each.created_at),
        ]),
        keys: data.users.map(({ id }) => id),
      }
    );
  }, [data, format]);
  return (
    <Panel
      title="Users"
      ofNow
      note="a dash under Last login: none since logins are noted"
      pending={!data}
      stale={isPlaceholderData ? 'loading' : null}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
      controls={
        // Both, as one that goes would lose the focus.
        (cursors.length > 0 || next !== null) && (
          <>
            <ActionButton disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
              Previous page
            </ActionButton>
            <ActionButton
              disabled={next === null}
              onClick={() => next !== null && setCursors([...cursors, next])}
            >
              Next page
            </ActionButton>
          </>
        )
      }
    >
      {data && table && <Actions users={data.users} table={table} />}
    </Panel>
  );
}

interface ActionsProps {
  readonly users: readonly User[];
  readonly table: Parameters<typeof FigureTable>[0]['table'];
}

/** The list, with what can be done with each account. */
function Actions({ users, table }: ActionsProps) {
  const own = useSession()?.user.id;
  const change = useServerAction('changeRole', ENDING);
  const disable = useServerAction('disableUser', ENDING);
  const enable = useServerAction('enableUser', ['listUsers']);
  const end = useServerAction('endSessions', ENDING);
  const all = [change, disable, enable, end];
  /** Of the account whose sessions are shown. */
  const [opened, setOpened] = useState<string | null>(null);
  const shown = users.find(({ id }) => id === opened);
  // The outcome of the action before is not that of this one.
  const begin = (action: () => void) => () => {
    for (const each of all) each.reset();
    action();
  };
  const busy = all.some(({ isPending }) => isPending);
  return (
    <>
      <Problem error={all.find((each) => each.error)?.error ?? null} />
      <FigureTable
        table={table}
        actions={(row) => {
          const { id: user_id, email, role, disabled_at } = users[row];
          const too = user_id === own ? ' This is your own account: you are logged out.' : '';
          const button = (does: string, consequence: string, action: () => void) => (
            <ConfirmButton
              key={does}
              of={email}
              consequence={consequence}
              disabled={busy}
              onConfirm={begin(action)}
            >
              {does}
            </ConfirmButton>
          );
          const toRole = (to: User['role']) =>
            button(
              `Make ${to}`,
              ROLES.indexOf(to) < ROLES.indexOf(role)
                ? `Its sessions end, and it may do less from now on.${too}`
                : 'It may do more from its next login or refresh on.',
              () => change.mutate({ user_id, role: to }),
            );
          return (
            <>
              {ROLES.filter((each) => each !== role).map(toRole)}
              {disabled_at === null
                ? button('Disable', `It cannot log in, and its API keys are refused.${too}`, () =>
                    disable.mutate({ user_id }),
                  )
                : button(
                    'Enable',
                    'It can log in again; its API keys are good again about an hour after it was disabled.',
                    () => enable.mutate({ user_id }),
                  )}
              <button
                type="button"
                aria-expanded={opened === user_id}
                aria-label={`Sessions of ${email}`}
                onClick={() => setOpened(opened === user_id ? null : user_id)}
              >
                Sessions
              </button>
              {button('End sessions', `Every session of it ends.${too}`, () => end.mutate({ user_id }))}
            </>
          );
        }}
      />
      {shown && <UserSessions key={shown.id} id={shown.id} email={shown.email} />}
    </>
  );
}
