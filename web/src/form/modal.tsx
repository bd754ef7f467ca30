import './modal.css';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';

interface ModalProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A dialog over the page while it is mounted; Escape and a click beside it close it. The focus goes back to what opened
 * it, else, where that is gone by then, to the page.
 */
export function Modal({ label, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // While the dialog is still there: one that is gone gives no focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // A browser prefers what is around a field, where that can have the focus.
    shown?.querySelector<HTMLElement>('input, select, button')?.focus();
    return () => {
      shown?.close();
      if (document.activeElement === document.body) document.querySelector('main')?.focus();
    };
  }, []);
  // Beside the page, as it would take fonts and line breaks of what it is opened from.
  return createPortal(
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same.
    <dialog
      ref={dialog}
      className="modal"
      aria-label={label}
      onCancel={onClose}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      {children}
    </dialog>,
    document.body,
  );
}
