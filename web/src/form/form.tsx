import './form.css';
import { ApiError } from '@deltastream/client';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { ActionButton } from './action-button.tsx';
import { Modal } from './modal.tsx';

interface FieldProps extends ComponentProps<'input'> {
  readonly label: string;
  readonly hint?: string;
}

/** An input with its name; `name` is what `valuesOf` finds it by. */
export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  if (input.type === 'checkbox') {
    return (
      <label className="field field-check" htmlFor={id}>
        <input {...input} id={id} /> {label}
      </label>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} id={id} aria-describedby={hint ? `${id}-hint` : undefined} />
      {hint && (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
    </div>
  );
}

interface ChoiceProps extends ComponentProps<'select'> {
  readonly label: string;
  /** Values with the words for them. */
  readonly options: readonly (readonly [value: string, text: string])[];
}

export function Choice({ label, options, ...select }: ChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select {...select} id={id}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The fields of a form by name, without those that are empty. */
export function valuesOf(form: HTMLFormElement): Record<string, string> {
  const entries = [...new FormData(form)].filter(([, value]) => typeof value === 'string' && value !== '');
  return Object.fromEntries(entries) as Record<string, string>;
}

/** What went wrong, and what to do. */
export function Problem({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const remedy = error instanceof ApiError && error.remedy ? ` ${error.remedy}` : '';
  return (
    <p className="form-problem" role="alert">
      {(error instanceof ApiError ? error.detail : error.message).replace(/\.$/, '')}.{remedy}
    </p>
  );
}

interface ConfirmButtonProps {
  /** What it does, in one word or two; the confirmation repeats it. */
  readonly children: string;
  /** To what, for readers who do not see where the button stands. */
  readonly of?: string;
  /** What will be so afterwards. */
  readonly consequence: ReactNode;
  readonly disabled?: boolean;
  readonly onConfirm: () => void;
}

/** A button that asks once more, as what it does cannot be undone. */
export function ConfirmButton({ children, of, consequence, disabled, onConfirm }: ConfirmButtonProps) {
  const [asking, setAsking] = useState(false);
  const action = of === undefined ? children : `${children} ${of}`;
  const close = () => setAsking(false);
  return (
    <>
      <ActionButton disabled={disabled} aria-label={action} onClick={() => setAsking(true)}>
        {children}
      </ActionButton>
      {asking && (
        <Modal label={`${action}?`} onClose={close}>
          <h2>{action}?</h2>
          <p>{consequence}</p>
          <div className="buttons">
            <button
              type="button"
              className="primary"
              onClick={() => {
                close();
                onConfirm();
              }}
            >
              {children}
            </button>
            <button type="button" onClick={close}>
              Cancel
            </button>
          </div>
        </Modal>
      )}
    </>
  );
}
