import { useRef } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useCopy } from '../../../form/use-copy.ts';
import type { LogRange } from '../search/log-range.ts';
import { useLogSearch } from '../search/use-log-search.ts';
import { fieldsOf, isTraceId, type LogLine } from './line-fields.ts';

/** Of lines that are looked for from a page without a search: so long before and after the line. */
const AROUND_MS = 1_800_000;

/** All that a line says: each value can be looked for, the trace gone to, the line copied as JSON. */
export function LineDetails({ line }: { readonly line: LogLine }) {
  const { filter, change } = useLogSearch();
  const search = useSearch();
  const place = useRef<HTMLDivElement>(null);
  const { said, copy } = useCopy('line');
  const trace = line.trace_id;
  const [path] = useLocation();
  const elsewhere = path.startsWith('/logs/traces/') && { page: '/logs', range: around(line.timestamp) };
  return (
    <div ref={place} className="line-details">
      <dl>
        {fieldsOf(line, filter).map(({ name, value, filter: same }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              {same && (
                <button
                  type="button"
                  className="quiet"
                  aria-label={`only these: lines of this ${name}`}
                  onClick={() => change({ filter: same, ...elsewhere })}
                >
                  only these
                </button>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p className="line-actions">
        {trace !== null && isTraceId(trace) && (
          <Link href={`/logs/traces/${trace}${search && `?${search}`}`}>Open the trace</Link>
        )}
        <button
          type="button"
          onClick={() =>
            void copy(
              JSON.stringify(line, null, 2),
              () => place.current && getSelection()?.selectAllChildren(place.current),
            )
          }
        >
          Copy as JSON
        </button>
        <span role="status">{said}</span>
      </p>
    </div>
  );
}

function around(timestamp: string): LogRange {
  const ms = Date.parse(timestamp);
  const [from, to] = [ms - AROUND_MS, ms + AROUND_MS].map((each) => new Date(each).toISOString());
  return { from, to };
}
