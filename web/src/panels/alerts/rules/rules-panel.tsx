import './rules.css';
import { useMemo, useState } from 'react';
import { Problem } from '../../../form/form.tsx';
import { useKey } from '../../../keys/keys.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { RuleView } from '../alert-types.ts';
import { RuleEditor } from '../editor/rule-editor.tsx';
import { useAlertOwner } from '../use-alert-owner.tsx';
import { RuleItem } from './rule-item.tsx';
import { ruleSentence, statusText } from './rule-text.ts';
import { RulesFile } from './rules-file.tsx';
import { useRuleActions } from './use-rule-actions.ts';

/** As many as a page may have; an account has fewer unless its operator raised that. */
const LIMIT = 1_000;

/** Rules as sentences, with how they stand now; made, changed and tried on what is stored. */
export function AlertRulesPanel() {
  const { owner, buttons } = useAlertOwner();
  const { data, error, refetch } = useServerQuery('listAlertRules', { owner, limit: LIMIT });
  const [edited, setEdited] = useState<RuleView | 'new' | null>(null);
  const [of, setOf] = useState(owner);
  // A rule of the one is not one of the other.
  if (of !== owner) {
    setOf(owner);
    setEdited(null);
  }
  const actions = useRuleActions();
  const format = useFormat();
  const begin = () => setEdited('new');
  useKey('n', 'New alert rule', begin);
  const table = useMemo(
    () =>
      data && {
        caption: 'Rules of alerts, by name',
        columns: ['Name', 'Rule', 'Severity', 'Status', 'Last firing', 'Firings'].map((title) => ({
          title,
          format: format.figure.count,
        })),
        rows: data.rules.map((view) => [
          view.rule.name,
          ruleSentence(view.rule),
          view.rule.severity,
          statusText(view, format.instant, Date.now()),
          view.last_fired_at && format.instant(view.last_fired_at),
          view.firings,
        ]),
        keys: data.rules.map(({ id }) => id),
      },
    [data, format],
  );
  return (
    <Panel
      title="Alert rules"
      ofNow
      note="evaluated by the server on live figures, also while no page is open"
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
      isTable
      controls={
        <>
          {buttons}
          <button type="button" className="primary" onClick={begin}>
            New rule
          </button>
          <RulesFile owner={owner} />
        </>
      }
    >
      {edited !== null && (
        <RuleEditor
          key={edited === 'new' ? 'new' : `${edited.id} ${edited.version}`}
          owner={owner}
          view={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
        />
      )}
      <Problem error={actions.error} />
      {data?.rules.length === 0 && edited === null && (
        <p className="message">
          No rule yet. One is a sentence about figures, such as pcr_oi &gt; 1.2 for 5 min: add it by “New
          rule” or the key n.
        </p>
      )}
      <ul className="alert-rules" aria-label="Rules">
        {data?.rules.map((view) => (
          <RuleItem key={view.id} view={view} actions={actions} onEdit={() => setEdited(view)} />
        ))}
      </ul>
      {data?.next_cursor && <p className="panel-note">There are more rules than are shown.</p>}
    </Panel>
  );
}
