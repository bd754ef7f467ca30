import './condition-field.css';
import { type KeyboardEvent, useId } from 'react';
import type { Rule } from '../alert-types.ts';
import { markedText, withSuggestion } from './marked-text.ts';
import { useConditionCheck } from './use-condition-check.ts';

/** As many as a rule may have. */
const MAX_CHARACTERS = 2_000;

interface ConditionFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly subject: Rule['subject'];
  readonly required?: boolean;
  readonly onChange: (text: string) => void;
}

/**
 * A condition, checked while it is typed: what is wrong is underlined and said, and a name that may have been meant is
 * taken by Alt+Enter.
 */
export function ConditionField({ label, hint, value, subject, required, onChange }: ConditionFieldProps) {
  const id = useId();
  const { check, error } = useConditionCheck(value, subject);
  const [before, wrong, after] = markedText(value, check);
  const better = withSuggestion(value, check);
  const isWrong = check !== null && !check.ok;

  function pressed(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !event.altKey || better === null) return;
    event.preventDefault();
    onChange(better);
  }

  return (
    <div className="field condition-field">
      <label htmlFor={id}>{label}</label>
      <div className="condition-text">
        <textarea
          id={id}
          rows={1}
          value={value}
          required={required}
          maxLength={MAX_CHARACTERS}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={isWrong}
          aria-describedby={`${id}-state`}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={pressed}
        />
        <div aria-hidden="true" className="condition-marks">
          {before}
          <mark>{wrong}</mark>
          {after}{' '}
        </div>
      </div>
      <div id={`${id}-state`} className="field-hint" role="status">
        {error !== null && <span className="down">It could not be checked: {error.message}</span>}
        {isWrong ? (
          <span className="down">
            {check.position && `At character ${check.position.start + 1}: `}
            {check.message}
          </span>
        ) : (
          error === null &&
          (check === null || value.trim() === '' ? hint : `Valid; uses ${namesOf(check.figures)}`)
        )}
      </div>
      {better !== null && (
        <button
          type="button"
          className="quiet"
          aria-keyshortcuts="Alt+Enter"
          onClick={() => onChange(better)}
        >
          Use {check?.suggestion} <kbd>Alt</kbd>+<kbd>Enter</kbd>
        </button>
      )}
    </div>
  );
}

const namesOf = (figures: readonly string[]): string =>
  figures.length === 0 ? 'no figure' : figures.join(', ');
