import './full-text.css';
import { type KeyboardEvent, useId, useRef } from 'react';
import { placeBelow } from '../../form/place-below.ts';

interface FullTextProps {
  readonly short: string;
  readonly text: string;
}

/**
 * A long text in short: the complete one is its description for screen readers, and below it on hover, on focus and at
 * a touch, in the top layer so that no table cuts it off. Escape closes it.
 */
export function FullText({ short, text }: FullTextProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const full = useRef<HTMLSpanElement>(null);
  function show(): void {
    if (!button.current || !full.current || full.current.matches(':popover-open')) return;
    full.current.showPopover();
    const { top, right } = placeBelow(
      button.current.getBoundingClientRect(),
      full.current.getBoundingClientRect(),
      { width: innerWidth, height: innerHeight },
    );
    Object.assign(full.current.style, { top: `${top}px`, right: `${right}px` });
  }
  const hide = () => full.current?.hidePopover();
  // Without the focus it stays while the pointer is over it, so that it can be read and copied.
  const left = () => button.current !== document.activeElement && hide();
  const pressed = ({ key }: KeyboardEvent) => key === 'Escape' && hide();
  return (
    <span className="full-text" onPointerEnter={show} onPointerLeave={left}>
      <button
        ref={button}
        type="button"
        aria-describedby={id}
        onFocus={show}
        onBlur={hide}
        onClick={show}
        onKeyDown={pressed}
      >
        {short}
      </button>
      <span ref={full} id={id} popover="manual">
        {text}
      </span>
    </span>
  );
}
