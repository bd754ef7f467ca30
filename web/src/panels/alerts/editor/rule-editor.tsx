import './rule-editor.css';
import { useEffect, useRef, useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { Problem, valuesOf } from '../../../form/form.tsx';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { useServerAction } from '../../../platform/use-server-query.ts';
import type { Owner, Rule, RuleDraft, RuleView } from '../alert-types.ts';
import { PastFirings } from '../past/past-firings.tsx';
import { ConditionField } from './condition-field.tsx';
import { RuleFields } from './rule-fields.tsx';
import { readForm, textsOf } from './rule-form.ts';

interface RuleEditorProps {
  readonly owner: Owner;
  /** Null for a new one. */
  readonly view: RuleView | null;
  readonly onClose: () => void;
}

/** Makes a rule, or changes one; it can be tried on what is stored before it is saved. */
export function RuleEditor({ owner, view, onClose }: RuleEditorProps) {
  const rule = view?.rule ?? null;
  const form = useRef<HTMLFormElement>(null);
  const [subject, setSubject] = useState<Rule['subject']>(rule?.subject ?? 'market');
  const [condition, setCondition] = useState(rule?.condition ?? '');
  const [clear, setClear] = useState(rule?.clear_condition ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const create = useServerAction('createAlertRule', ['listAlertRules']);
  const put = useServerAction('putAlertRule', ['listAlertRules', 'getAlertRuleValues']);
  const texts = useBegin(rule);
  useEffect(() => form.current?.querySelector('textarea')?.focus(), []);

  function draft(): RuleDraft | null {
    if (form.current === null) return null;
    const read = readForm(valuesOf(form.current), { condition, clear }, rule);
    setProblem(read.ok ? null : read.problem);
    return read.ok ? read.draft : null;
  }
  function save(): void {
    const saved = draft();
    if (saved === null) return;
    if (view === null) create.mutate({ rule: saved, owner }, { onSuccess: onClose });
    else put.mutate({ id: view.id, version: view.version, rule: saved }, { onSuccess: onClose });
  }

  return (
    <section className="rule-editor" aria-label={rule === null ? 'New rule' : `Rule ${rule.name}`}>
      <form
        ref={form}
        className="form"
        aria-label={rule === null ? 'New rule' : `Change ${rule.name}`}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <ConditionField
          label="Fires when"
          hint="CEL over names of figures, such as pcr_oi > 1.2 && iv_rank > 80.0"
          value={condition}
          subject={subject}
          required
          onChange={setCondition}
        />
        <ConditionField
          label="Fires again after (optional)"
          hint="Hysteresis: what must have been true since it fired; without it, that the condition was false"
          value={clear}
          subject={subject}
          onChange={setClear}
        />
        <RuleFields owner={owner} rule={rule} texts={texts} subject={subject} onSubject={setSubject} />
        {problem !== null && (
          <p className="form-problem" role="alert">
            {problem}.
          </p>
        )}
        <Problem error={create.error ?? put.error} />
        <div className="buttons">
          <ActionButton type="submit" className="primary" disabled={create.isPending || put.isPending}>
            {rule === null ? 'Add the rule' : 'Save the rule'}
          </ActionButton>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </form>
      {subject === 'market' && <PastFirings draft={draft} />}
    </section>
  );
}

/** A new rule is about the product that is shown. */
function useBegin(rule: Rule | null) {
  const { product } = useMarketView();
  const [texts] = useState(() =>
    rule === null
      ? {
          ...{ name: '', products: product?.product ?? '*', expiry: 'nearest', held: '', cooldown: '' },
          ...{ repeat: 'repeat', severity: 'warning', digest: '', message: '', expires: '' },
        }
      : textsOf(rule),
  );
  return texts;
}
