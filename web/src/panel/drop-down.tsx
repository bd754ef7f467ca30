import './drop-down.css';
import { type FocusEvent, type KeyboardEvent, type ReactNode, useRef } from 'react';

interface DropDownProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Choices below a button, over what is there. Escape closes it, and so does going anywhere else. */
export function DropDown({ label, className = '', children }: DropDownProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => details.current?.removeAttribute('open');
  function pressed(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !details.current?.open) return;
    event.stopPropagation();
    close();
    details.current.querySelector('summary')?.focus();
  }
  const left = ({ relatedTarget }: FocusEvent) => {
    if (!details.current?.contains(relatedTarget)) close();
  };
  return (
    <details ref={details} className="drop-down" onKeyDown={pressed} onBlur={left}>
      <summary>{label}</summary>
      {/* A click beside its choices keeps the focus inside. */}
      <div className={`drop-down-body ${className}`} tabIndex={-1}>
        {children}
      </div>
    </details>
  );
}
