import './log-search.css';
import { useEffect, useId, useRef, useState } from 'react';
import { Choice, Field, valuesOf } from '../../../form/form.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { usePlaceWidth } from '../../../panel/place-width.ts';
import { CRITERIA, type Criterion, LEVELS, LONGEST, type LogFilter } from './log-filter.ts';
import { fieldOfInstant, instantOfField, type LogRange, RANGES, type RangeName } from './log-range.ts';
import { Offered, type OfferedLists } from './offered.tsx';
import { type LogSearch, useLogSearch } from './use-log-search.ts';

/** Which lines of the log the panels about it show. */
export function LogSearchPanel() {
  const search = useLogSearch();
  return (
    <Panel
      title="Log search"
      note={search.at === null ? null : 'a range ends at the instant of the time bar'}
      controls={
        <>
          <button type="button" onClick={search.lookAgain}>
            Refresh
          </button>
          <button type="button" onClick={() => search.change({ filter: NOTHING, range: '1h' })}>
            Clear
          </button>
        </>
      }
    >
      <SearchForm search={search} />
    </Panel>
  );
}

const NOTHING: LogFilter = Object.fromEntries(CRITERIA.map((name) => [name, '']));
/** Those that are looked for less often, and come from lines rather than from the keyboard. */
const FROM_LINES: readonly (readonly [name: Criterion, label: string])[] = [
  ['product', 'Product'],
  ['user_id', 'User'],
  ['request_id', 'Request'],
  ['trace_id', 'Trace'],
  ['fields', 'Fields, as status=503'],
];
const OWN = 'own';

function SearchForm({ search }: { readonly search: LogSearch }) {
  const { filter, range, span, change } = search;
  const list = useId();
  const lists: OfferedLists = { service: `${list}s`, event: `${list}e`, product: `${list}p` };
  const narrow = usePlaceWidth() === 'narrow';
  const [own, setOwn] = useState(typeof range === 'object');
  const [problem, setProblem] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const [shown, setShown] = useState(range);
  if (shown !== range) {
    setShown(range);
    setOwn(typeof range === 'object');
  }
  // What the address says stands in the fields, also where another panel or the browser's history changed it.
  useEffect(() => {
    for (const name of CRITERIA) setField(form.current, name, filter[name] ?? '');
  }, [filter]);
  useEffect(() => {
    if (!own) return;
    setField(form.current, 'from', fieldOf(span.fromMs));
    setField(form.current, 'to', fieldOf(span.toMs));
  }, [own, span]);

  function submit(form: HTMLFormElement): void {
    const { range: name, from = '', to = '', ...criteria } = valuesOf(form);
    const next = name === OWN ? ownRange(from, to) : (name as RangeName);
    if (next === null) {
      setProblem('A range begins before it ends: say both, in UTC.');
      return;
    }
    setProblem(null);
    change({ filter: { ...NOTHING, ...criteria }, range: next });
  }
  const field = (name: Criterion, label: string) => (
    <Field
      key={name}
      label={label}
      name={name}
      maxLength={LONGEST[name]}
      list={name in lists ? lists[name as keyof OfferedLists] : undefined}
      autoComplete="off"
      spellCheck={false}
    />
  );
  const submitNow = (target: HTMLSelectElement) => target.form?.requestSubmit();
  return (
    <form
      ref={form}
      className="log-search"
      aria-label="Log search"
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      <div className="form">
        {field('text', 'Text in message or fields')}
        <Choice
          label="Level"
          name="level"
          options={[['', 'all'], ...Object.entries(LEVELS)]}
          onChange={({ target }) => submitNow(target)}
        />
        {field('service', 'Service')}
        {field('event', 'Event')}
        <Choice
          label="Time"
          name="range"
          value={own ? OWN : (range as RangeName)}
          options={[
            ...Object.entries(RANGES).map(([name, { title }]) => [name, title] as const),
            [OWN, 'Own range'],
          ]}
          onChange={({ target }) => {
            setOwn(target.value === OWN);
            if (target.value !== OWN) change({ range: target.value as RangeName });
          }}
        />
        {own && (
          <>
            <Field {...INSTANT} label="From, UTC" name="from" />
            <Field {...INSTANT} label="To, UTC, exclusive" name="to" />
          </>
        )}
        <button type="submit" className="primary">
          Search
        </button>
      </div>
      <details open={!narrow || FROM_LINES.some(([name]) => filter[name] !== undefined)}>
        <summary>Product, ids and fields</summary>
        <div className="form">{FROM_LINES.map(([name, label]) => field(name, label))}</div>
      </details>
      {problem && (
        <p className="form-problem" role="alert">
          {problem}
        </p>
      )}
      <Offered lists={lists} search={search} />
    </form>
  );
}

const INSTANT = { type: 'datetime-local', step: 1, required: true } as const;
const fieldOf = (ms: number): string => fieldOfInstant(new Date(ms).toISOString());

function setField(form: HTMLFormElement | null, name: string, value: string): void {
  const field = form?.elements.namedItem(name);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
}

/** Null where it does not begin before it ends. */
function ownRange(fromField: string, toField: string): LogRange | null {
  const [from, to] = [instantOfField(fromField), instantOfField(toField)];
  return from !== null && to !== null && from < to ? { from, to } : null;
}
