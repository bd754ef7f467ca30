import { useMemo, useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { Format } from '../../../format/format.ts';
import { Panel } from '../../../panel/panel.tsx';
import type { Table } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { isTraceId } from '../lines/line-fields.ts';
import { LineList } from '../lines/line-list.tsx';
import type { LineItem } from '../lines/shown-rows.ts';
import { durationText, outcomeText, type Span, type Trace } from './span-tree.ts';
import { Waterfall } from './waterfall.tsx';

/** Only spans that are late come to a trace. */
const REFRESH_MS = 30_000;

/** What a request, a message or a job did in every service: its spans in time, and its lines beside them. */
export function TracePage({ id }: { readonly id: string }) {
  const isTrace = isTraceId(id);
  const { data, error, refetch } = useServerQuery('getTrace', isTrace ? { id } : null, {
    refreshMs: REFRESH_MS,
  });
  const states = {
    pending: isTrace && !data,
    error: data ? null : error,
    retry: () => void refetch(),
    stale: data && error ? 'not refreshed' : null,
  };
  const none = isTrace ? null : `“${id}” is no trace: its id has 32 hexadecimal digits.`;
  return (
    <div className="panel-grid">
      <Spans trace={data ?? null} empty={none} states={states} />
      <Lines trace={data ?? null} empty={none} states={states} />
    </div>
  );
}

interface PartProps {
  readonly trace: Trace | null;
  readonly empty: string | null;
  readonly states: Pick<Parameters<typeof Panel>[0], 'pending' | 'error' | 'retry' | 'stale'>;
}

function Spans({ trace, empty, states }: PartProps) {
  const [chosen, setChosen] = useState(0);
  const format = useFormat();
  const table = useMemo(
    () => (trace && trace.spans.length > 0 ? tableOf(trace, format) : null),
    [trace, format],
  );
  const failed = trace?.spans.filter(({ outcome }) => outcome === 'error').length ?? 0;
  const at = Math.min(chosen, (trace?.spans.length ?? 1) - 1);
  return (
    <div className="span-8">
      <Panel
        title="Trace"
        {...states}
        note={trace && <TraceNote trace={trace} failed={failed} />}
        asOf={trace?.spans[0] && new Date(trace.spans[0].start).toISOString()}
        empty={
          empty ??
          (trace?.spans.length === 0
            ? 'Its lines are kept, its spans are not: only some traces are recorded, and all that fail or are slow.'
            : null)
        }
        table={table}
        source="log"
        controls={<BackLink />}
      >
        {trace && table && (
          <>
            <Waterfall trace={trace} chosen={at} onChoose={setChosen} />
            <Said span={trace.spans[at]} format={format} />
          </>
        )}
      </Panel>
    </div>
  );
}

function TraceNote({ trace, failed }: { readonly trace: Trace; readonly failed: number }) {
  const { spans, services, duration_ms, complete } = trace;
  const parts = [
    durationText(duration_ms),
    `${spans.length} ${spans.length === 1 ? 'span' : 'spans'}`,
    services.join(', '),
    failed === 0 ? 'none failed' : `${failed} failed`,
    ...(complete ? [] : ['its first 10,000 lines only']),
  ];
  return (
    <>
      <code>{trace.trace_id}</code> {parts.join('; ')}
    </>
  );
}

/** The search that one came from: it stands in the address. */
function BackLink() {
  const search = useSearch();
  return <Link href={search === '' ? '/logs' : `/logs?${search}`}>Log search</Link>;
}

function Lines({ trace, empty, states }: PartProps) {
  const items = useMemo(
    () => trace?.logs.map((line, i): LineItem => ({ key: String(i), line })) ?? [],
    [trace],
  );
  return (
    <div className="span-4">
      <Panel
        title="Lines of the trace"
        {...states}
        note={trace && `${trace.logs.length}, oldest first`}
        empty={empty ?? (trace?.logs.length === 0 ? 'No line was logged besides its spans.' : null)}
      >
        <LineList label="Lines of the trace, oldest first" items={items} />
      </Panel>
    </div>
  );
}

/** All that the chosen span says. */
function Said({ span, format }: { readonly span: Span; readonly format: Format }) {
  const said: readonly (readonly [name: string, value: string])[] = [
    ['service', span.service],
    ['kind', span.kind ?? 'not told'],
    ['started', format.instant(new Date(span.start).toISOString())],
    ['duration', durationText(span.duration_ms)],
    ['outcome', outcomeText(span)],
    ['span_id', span.span_id ?? 'none'],
    ...Object.entries(span.attributes)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const),
  ];
  return (
    <section className="span-said" aria-label="The chosen span">
      <h3>{span.name}</h3>
      <dl>
        {said.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const tableOf = ({ spans }: Trace, format: Format): Table => ({
  caption: 'Spans of the trace, children after their parent',
  columns: [
    { title: 'Span' },
    { title: 'Depth' },
    { title: 'Service' },
    { title: 'Started' },
    { title: 'Start, ms', format: (ms) => ms.toFixed(3) },
    { title: 'Duration, ms', format: (ms) => ms.toFixed(3) },
    { title: 'Outcome' },
  ],
  rows: spans.map((span) => [
    span.name,
    span.depth,
    span.service,
    format.instant(new Date(span.start).toISOString()),
    span.start_after_ms,
    span.duration_ms,
    outcomeText(span),
  ]),
  keys: spans.map((_span, at) => String(at)),
});
