import './form.css';
import type { ComponentProps } from 'react';

interface ActionButtonProps extends Omit<ComponentProps<'button'>, 'aria-disabled'> {
  /** It does nothing now: there is nothing to do, or what it began is pending. */
  readonly disabled?: boolean;
}

/**
 * A button that can be off, and keeps the keyboard focus then: one with the attribute `disabled` loses it. A form is not
 * submitted while its button is off, by Enter in a field neither.
 */
export function ActionButton({ disabled = false, type = 'button', onClick, ...button }: ActionButtonProps) {
  return (
    <button
      {...button}
      type={type}
      aria-disabled={disabled}
      onClick={(event) => (disabled ? event.preventDefault() : onClick?.(event))}
    />
  );
}
