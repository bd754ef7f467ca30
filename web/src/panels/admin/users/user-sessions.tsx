import { useMemo } from 'react';
import { Message, Skeleton } from '../../../panel/states.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { sessionTable } from '../../account/session-table.ts';

interface UserSessionsProps {
  readonly id: string;
  readonly email: string;
}

/** Where an account is logged in. */
export function UserSessions({ id, email }: UserSessionsProps) {
  const { data, error, refetch } = useServerQuery('listUserSessions', { user_id: id });
  const format = useFormat();
  const caption = `Sessions of ${email}, the newest first`;
  const table = useMemo(() => data && sessionTable(caption, data.sessions, format), [data, caption, format]);
  if (error) return <Message kind="error" error={error} retry={() => void refetch()} />;
  if (!table) return <Skeleton />;
  if (table.rows.length === 0) return <Message kind="empty" text={`${email} is logged in nowhere.`} />;
  return (
    <>
      <p className="panel-note" aria-hidden="true">
        {caption}
      </p>
      <FigureTable table={table} />
    </>
  );
}
