import '../jobs.css';
import { useMemo, useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { Choice, Field, valuesOf } from '../../../form/form.tsx';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { SaveLines } from '../../logs/lines/save-lines.tsx';
import { instantOfField } from '../../logs/search/log-range.ts';
import {
  AUDIT_COLUMNS,
  type AuditFilter,
  auditRequest,
  auditRows,
  SECURITY_EVENTS,
} from './security-events.ts';
import { TrailNote } from './trail-note.tsx';

/** Events of a page. */
const PAGE = 50;

/** What a security review looks for: who did what to which account, when and from where. */
export function AuditPanel() {
  const [filter, setFilter] = useState<AuditFilter>({});
  /** Where the pages before began, and this one. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  // Events have a past as the market has: at an instant of it, those until then.
  const { at } = useMarketView();
  const [begunAt, setBegunAt] = useState(at);
  if (begunAt !== at) {
    setBegunAt(at);
    setCursors([]);
  }
  const cursor = cursors.at(-1);
  const request = auditRequest(at === null ? filter : { to: at, ...filter });
  const { data, error, refetch, isPlaceholderData } = useServerQuery(
    'listLogs',
    { ...request, limit: PAGE, ...(cursor && { cursor }) },
    { keepsPrevious: true },
  );
  const next = (!isPlaceholderData && data?.next_cursor) || null;
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: 'Security events, the newest first',
        columns: AUDIT_COLUMNS.map((title) => ({ title })),
        rows: auditRows(data.logs, format.instant),
        keys: data.logs.map((line, i) => `${line.timestamp} ${line.request_id} ${i}`),
      },
    [data, format],
  );
  const filtered = Object.keys(filter).length > 0;
  return (
    <Panel
      title="Security events"
      note={`${at === null ? '' : 'until the instant shown, '}newest first; ids and addresses, never emails, passwords or tokens`}
      pending={!data}
      stale={isPlaceholderData ? 'loading' : null}
      error={error}
      retry={() => void refetch()}
      table={table ?? null}
      isTable
      controls={
        <>
          {(cursors.length > 0 || next !== null) && (
            <>
              <ActionButton disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
                Newer events
              </ActionButton>
              <ActionButton
                disabled={next === null}
                onClick={() => next !== null && setCursors([...cursors, next])}
              >
                Older events
              </ActionButton>
            </>
          )}
          <SaveLines subject="security-events" request={request} />
        </>
      }
    >
      <TrailNote />
      <AuditForm
        onFilter={(chosen) => {
          setFilter(chosen);
          setCursors([]);
        }}
      />
      {table &&
        (table.rows.length === 0 ? (
          <p className="message">
            {filtered
              ? 'No security event is one that is looked for. Take a criterion away.'
              : `No security event is kept ${at === null ? 'yet' : 'until the instant shown'}.`}
          </p>
        ) : (
          <FigureTable table={table} />
        ))}
    </Panel>
  );
}

function AuditForm({ onFilter }: { readonly onFilter: (filter: AuditFilter) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <form
      className="form"
      aria-label="Security events"
      onSubmit={(event) => {
        event.preventDefault();
        const { from, to, ...criteria } = valuesOf(event.currentTarget);
        const begins = from === undefined ? null : instantOfField(from);
        const ends = to === undefined ? null : instantOfField(to);
        if (begins !== null && ends !== null && begins >= ends) {
          setProblem('A range begins before it ends.');
          return;
        }
        setProblem(null);
        onFilter({
          ...criteria,
          ...(begins !== null && { from: begins }),
          ...(ends !== null && { to: ends }),
        });
      }}
    >
      <Choice
        label="What"
        name="event"
        options={[
          ['', 'every event'],
          ...SECURITY_EVENTS.map(([name]) => [name, name.replaceAll('_', ' ')] as const),
        ]}
        onChange={({ target }) => target.form?.requestSubmit()}
      />
      <Field label="Account, by its id" name="user" maxLength={200} autoComplete="off" />
      <Field label="By which administrator" name="by" maxLength={200} pattern="[^,]*" autoComplete="off" />
      <Field label="Address" name="ip" maxLength={200} pattern="[^,]*" autoComplete="off" />
      <Field label="From, UTC" name="from" type="datetime-local" />
      <Field label="To, UTC, exclusive" name="to" type="datetime-local" />
      <button type="submit" className="primary">
        Search
      </button>
      {problem && (
        <p className="form-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
