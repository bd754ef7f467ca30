import '../severity.css';
import { ActionButton } from '../../../form/action-button.tsx';
import { ConfirmButton } from '../../../form/form.tsx';
import { MenuButton } from '../../../form/menu-button.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { RuleView } from '../alert-types.ts';
import { RuleStandings } from './rule-standings.tsx';
import { ruleSentence, statusText } from './rule-text.ts';
import type { RuleActions } from './use-rule-actions.ts';

const HOUR_MS = 3_600_000; // A unit of time.
const MUTES = [
  ['for 15 minutes', HOUR_MS / 4],
  ['for an hour', HOUR_MS],
  ['for 8 hours', 8 * HOUR_MS],
  ['for a day', 24 * HOUR_MS],
] as const;

interface RuleItemProps {
  readonly view: RuleView;
  readonly actions: RuleActions;
  readonly onEdit: () => void;
}

/** A rule: its sentence, how it stands, and what can be done with it. */
export function RuleItem({ view, actions, onEdit }: RuleItemProps) {
  const format = useFormat();
  const { id, rule, last_fired_at, firings } = view;
  const { name, severity } = rule;
  // One that was for once waits again when it is enabled.
  const off = view.status === 'disabled' || view.status === 'fired';
  const muted = rule.muted_until !== null && Date.parse(rule.muted_until) > Date.now();
  return (
    <li className="alert-rule" aria-label={name}>
      <div className="alert-rule-text">
        <p>
          <strong>{name}</strong> <span className={`severity ${severity}`}>{severity}</span>{' '}
          <span className="alert-rule-state">{statusText(view, format.instant, Date.now())}</span>
        </p>
        <p className="alert-rule-sentence">{ruleSentence(rule)}</p>
        <p className="panel-note">
          {last_fired_at === null
            ? 'has not fired'
            : `last fired ${format.timeOfDay(last_fired_at)}, ${format.figure.count(firings)} in all`}
        </p>
        {view.status === 'armed' && <RuleStandings id={id} subject={rule.subject} />}
      </div>
      <div className="alert-rule-actions">
        <button type="button" aria-label={`Edit ${name}`} onClick={onEdit}>
          Edit
        </button>
        <ActionButton
          aria-label={`${off ? 'Enable' : 'Disable'} ${name}`}
          disabled={actions.busy}
          onClick={() => actions.enable(id, off)}
        >
          {off ? 'Enable' : 'Disable'}
        </ActionButton>
        <MenuButton
          label={`Mute ${name}`}
          items={[
            ...MUTES.map(([text, forMs]) => ({ text: `Mute ${text}`, run: () => actions.mute(id, forMs) })),
            { text: 'Deliver again', separate: true, disabled: !muted, run: () => actions.mute(id, null) },
          ]}
        >
          Mute
        </MenuButton>
        <ActionButton
          aria-label={`Duplicate ${name}`}
          disabled={actions.busy}
          onClick={() => actions.duplicate(id)}
        >
          Duplicate
        </ActionButton>
        <ConfirmButton
          of={name}
          consequence="It fires no more. What it fired stays listed."
          disabled={actions.busy}
          onConfirm={() => actions.remove(id)}
        >
          Delete
        </ConfirmButton>
      </div>
    </li>
  );
}
