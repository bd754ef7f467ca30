import './drop-down.css';
import { type FocusEvent, type KeyboardEvent, type ReactNode, useRef } from 'react';
import { placeBelow } from '../../form/place-below.ts';

interface DropDownProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/**
 * Choices below a button, over everything that is there: in the top layer, so that no panel cuts them off. Escape
 * closes it, and so does going anywhere else.
 */
export function DropDown({ label, className = '', children }: DropDownProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const close = () => details.current?.removeAttribute('open');
  function toggled(): void {
    if (!details.current || !body.current) return;
    if (!details.current.open) {
      body.current.hidePopover();
      return;
    }
    body.current.showPopover();
    const { top, right } = placeBelow(
      details.current.getBoundingClientRect(),
      body.current.getBoundingClientRect(),
      { width: innerWidth, height: innerHeight },
    );
    Object.assign(body.current.style, { top: `${top}px`, right: `${right}px` });
  }
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
    <details ref={details} className="drop-down" onToggle={toggled} onKeyDown={pressed} onBlur={left}>
      <summary>{label}</summary>
      {/* A click beside its choices keeps the focus inside. */}
      <div ref={body} popover="manual" className={`drop-down-body ${className}`} tabIndex={-1}>
        {children}
      </div>
    </details>
  );
}
