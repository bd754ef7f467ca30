import { X } from 'lucide-react';
import { useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { type Leg, legText, MOST_LEGS, withLeg } from './legs.ts';

/** What a leg does with which side, by the text in the list. */
const ACTIONS = {
  'Buy call': { side: 'call', quantity: 1 },
  'Sell call': { side: 'call', quantity: -1 },
  'Buy put': { side: 'put', quantity: 1 },
  'Sell put': { side: 'put', quantity: -1 },
} as const;
type Action = keyof typeof ACTIONS;

interface LegChoiceProps {
  readonly legs: readonly Leg[];
  readonly listed: readonly number[];
  readonly choose: (legs: readonly Leg[]) => void;
}

/** The legs, each with a way to remove it, and a strike to add; without any the straddle at the money. */
export function LegChoice({ legs, listed, choose }: LegChoiceProps) {
  const { strike: format } = useFormat();
  const [action, setAction] = useState<Action>('Buy call');
  const isFull = legs.length >= MOST_LEGS;
  return (
    <>
      <button type="button" aria-pressed={legs.length === 0} onClick={() => choose([])}>
        Straddle at the money
      </button>
      {legs.map((leg) => {
        const text = legText(leg, format);
        return (
          <ActionButton
            key={`${leg.strike} ${leg.side}`}
            aria-label={`Remove ${text}`}
            onClick={() => choose(legs.filter((each) => each !== leg))}
          >
            {text} <X aria-hidden size={12} />
          </ActionButton>
        );
      })}
      <select
        aria-label="What the next leg does"
        value={action}
        onChange={({ target }) => setAction(target.value as Action)}
      >
        {Object.keys(ACTIONS).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Add a leg at a strike"
        value=""
        onChange={({ target }) => choose(withLeg(legs, { ...ACTIONS[action], strike: Number(target.value) }))}
      >
        <option value="">{isFull ? `At most ${MOST_LEGS}` : 'Add at'}</option>
        {!isFull &&
          listed.map((strike) => (
            <option key={strike} value={strike}>
              {format(strike)}
            </option>
          ))}
      </select>
    </>
  );
}
