import type { InputValue } from '@deltastream/conditions';
import { fillTemplate, valueText } from '../../delivery/messages/message-template.ts';
import { cutTo } from '../../delivery/messages/message-text.ts';

/** As an alert on the bus may have it. */
const MAX_MESSAGE_LENGTH = 500;

/** The value of a figure of its subject, as it was when the rule fired. */
export type SaidOf = (name: string) => InputValue;

const ABOUT: ReadonlySet<string> = new Set(['product', 'expiry']);

/** The template of a rule with its values, or without one its condition and the figures that this names. */
export function firingMessage(
  { message, condition }: { readonly message: string | null; readonly condition: string },
  figures: readonly string[],
  said: SaidOf,
): string {
  if (message !== null) return fillTemplate(message, said);
  const about = [said('product'), said('expiry')].filter((each) => each !== null).join(' ');
  const values = figures
    .filter((name) => !ABOUT.has(name))
    .map((name) => `${name} ${valueText(name, said(name))}`);
  const told = values.length === 0 ? '' : ` (${values.join(', ')})`;
  const text = `${about === '' ? '' : `${about}: `}${condition.replace(/\s+/g, ' ').trim()}${told}`;
  return cutTo(MAX_MESSAGE_LENGTH, text);
}
