import './past-firings.css';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { Choice, Field, valuesOf } from '../../../form/form.tsx';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { FigureTable } from '../../../panel/table/figure-table.tsx';
import { useServer } from '../../../platform/platform.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { RuleDraft } from '../alert-types.ts';
import { createRuleTest, outcomeText, type TestState } from './rule-test.ts';

const DAY_MS = 86_400_000;
const RANGES = [
  ['1', 'the last day'],
  ['5', 'the last 5 days'],
  ['30', 'the last 30 days'],
  ['own', 'between two times'],
] as const;

interface PastFiringsProps {
  /** The rule as it is now in the editor; null, and said there, where it is none yet. */
  readonly draft: () => RuleDraft | null;
}

/** Runs the rule of the editor over what is stored, by the code that evaluates live. */
export function PastFirings({ draft }: PastFiringsProps) {
  const { client } = useServer();
  const { storedAt } = useMarketView();
  const [test] = useState(() => createRuleTest((draw) => requestAnimationFrame(draw)));
  useEffect(() => () => test.cancel(), [test]);
  const state = useSyncExternalStore(test.subscribe, test.state);
  const [range, setRange] = useState<string>(RANGES[1][0]);
  const running = state.phase === 'running';

  function start(form: HTMLFormElement): void {
    const rule = draft();
    if (rule === null) return;
    const { from, to } = boundsOf(range, valuesOf(form), Date.parse(storedAt ?? new Date().toISOString()));
    test.start((signal) => client.events.testAlertRule({ rule, from, to }, { signal }));
  }

  return (
    <section className="past-firings" aria-label="Would have fired">
      <h3>Would have fired</h3>
      <form
        className="form"
        aria-label="Try the rule on what is stored"
        onSubmit={(event) => {
          event.preventDefault();
          start(event.currentTarget);
        }}
      >
        <Choice
          label={storedAt === null ? 'Period' : 'Period before the instant that is shown'}
          options={RANGES}
          value={range}
          onChange={(event) => setRange(event.target.value)}
        />
        {range === 'own' && (
          <>
            <Field label="From, UTC" name="from" type="datetime-local" required />
            <Field label="To, UTC, exclusive" name="to" type="datetime-local" required />
          </>
        )}
        <div className="buttons">
          <ActionButton type="submit" disabled={running}>
            Try it
          </ActionButton>
          <ActionButton disabled={!running} onClick={test.cancel}>
            Cancel
          </ActionButton>
        </div>
      </form>
      {state.phase !== 'idle' && <Outcome state={state} />}
    </section>
  );
}

function boundsOf(range: string, values: Record<string, string>, now: number) {
  const utc = (picked: string | undefined) => new Date(`${picked}Z`).toISOString();
  if (range === 'own') return { from: utc(values.from), to: utc(values.to) };
  return { from: new Date(now - Number(range) * DAY_MS).toISOString(), to: new Date(now).toISOString() };
}

function Outcome({ state }: { readonly state: TestState }) {
  const format = useFormat();
  const { firings, progress } = state;
  const table = useMemo(
    () => ({
      caption: 'When the rule would have fired',
      columns: ['At', 'Product', 'Expiry', 'Message'].map((title) => ({ title })),
      rows: firings.map((each) => [
        format.instant(each.at),
        each.product,
        each.expiry && format.expiry(each.expiry),
        each.message,
      ]),
      keys: firings.map((_firing, i) => String(i)),
    }),
    [firings, format],
  );
  const count = format.figure.count(firings.length);
  const outcome = outcomeText(state, format.instant);
  const wrong = state.phase === 'failed' || state.phase === 'cut';
  return (
    <>
      {state.phase === 'running' && (
        <progress aria-label="Evaluated" value={progress?.fraction ?? 0} max={1} />
      )}
      <p role={wrong ? 'alert' : 'status'} className={wrong ? 'form-problem' : undefined}>
        {outcome ?? `Evaluated up to ${progress === null ? '–' : format.instant(progress.at)}`};{' '}
        {firings.length === 1 ? '1 firing' : `${count} firings`}
        {progress !== null && ` in ${format.figure.count(progress.chains)} chains`}.
      </p>
      {firings.length > 0 && <FigureTable table={table} />}
    </>
  );
}
