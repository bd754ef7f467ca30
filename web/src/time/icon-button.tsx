import type { ComponentProps } from 'react';
import { ActionButton } from '../form/action-button.tsx';

interface IconButtonProps extends ComponentProps<typeof ActionButton> {
  readonly name: string;
  readonly keys: string;
}

/** A button of the time bar that shows a picture; its name and keys are told on hover and by screen readers. */
export const IconButton = ({ name, keys, ...button }: IconButtonProps) => (
  <ActionButton {...button} className="icon" aria-label={name} title={`${name} (${keys})`} />
);
