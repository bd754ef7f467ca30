import type { RequestOf, Routes } from '@deltastream/client';
import { useMemo } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { ConfirmButton, Field, Problem, valuesOf } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { FigureTable } from '../../panel/table/figure-table.tsx';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { OwnPassword } from './own-password.tsx';

type Scope = RequestOf<Routes['createApiKey']>['scopes'][number];

const SCOPES: readonly (readonly [Scope, string])[] = [
  ['market:read', 'read market data'],
  ['alerts:read', 'read alerts'],
  ['alerts:manage', 'manage alerts'],
  ['ingest', 'send quotes (traders)'],
  ['logs:read', 'read logs (administrators)'],
  ['logs:write', 'send logs (administrators)'],
  ['operations:manage', 'manage operations (administrators)'],
  ['users:manage', 'manage accounts (administrators)'],
];

/** Keys for programs: made, shown once, revoked. */
export function ApiKeysPanel() {
  const { data, error, refetch } = useServerQuery('listApiKeys', {});
  const revoke = useServerAction('revokeApiKey', ['listApiKeys']);
  const format = useFormat();
  const table = useMemo(() => {
    const instant = (iso: string | null) => iso && format.instant(iso);
    return (
      data && {
        caption: 'API keys of this account',
        columns: ['Name', 'Permissions', 'Created', 'Expires', 'Last used'].map((title) => ({ title })),
        rows: data.keys.map((each) => [
          each.name,
          each.scopes.join(', '),
          instant(each.created_at),
          instant(each.expires_at),
          instant(each.last_used_at),
        ]),
        keys: data.keys.map(({ id }) => id),
      }
    );
  }, [data, format]);
  return (
    <Panel
      title="API keys"
      ofNow
      note="for programs; a dash under Expires: until it is revoked"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
    >
      {data && table && table.rows.length > 0 && (
        <FigureTable
          table={table}
          actions={(row) => (
            <ConfirmButton
              of={data.keys[row].name}
              consequence="Programs that use this key are refused from now on."
              disabled={revoke.isPending}
              onConfirm={() => revoke.mutate({ key_id: data.keys[row].id })}
            >
              Revoke
            </ConfirmButton>
          )}
        />
      )}
      <Problem error={revoke.error} />
      <NewKey />
    </Panel>
  );
}

function NewKey() {
  const create = useServerAction('createApiKey', ['listApiKeys']);
  if (create.data) {
    return (
      <div className="form narrow">
        <p role="status">The key “{create.data.name}”. It is shown only now:</p>
        <code className="secret">{create.data.key}</code>
        <button type="button" className="primary" onClick={() => create.reset()}>
          I have kept it
        </button>
      </div>
    );
  }
  return (
    <form
      className="form"
      aria-label="New API key"
      onSubmit={(event) => {
        event.preventDefault();
        const { name = '', days, password, ...chosen } = valuesOf(event.currentTarget);
        const scopes = SCOPES.map(([scope]) => scope).filter((scope) => scope in chosen);
        create.mutate({ name, scopes, password, ...(days && { expires_in_days: Number(days) }) });
      }}
    >
      <Field label="Name" name="name" required maxLength={100} />
      <Field label="Expires after, days (optional)" name="days" type="number" min={1} max={3650} />
      <OwnPassword />
      <fieldset className="field">
        <legend>Permissions</legend>
        {SCOPES.map(([scope, text], i) => (
          <Field key={scope} label={text} name={scope} type="checkbox" defaultChecked={i === 0} />
        ))}
      </fieldset>
      <Problem error={create.error} />
      <ActionButton type="submit" className="primary" disabled={create.isPending}>
        Create the key
      </ActionButton>
    </form>
  );
}
