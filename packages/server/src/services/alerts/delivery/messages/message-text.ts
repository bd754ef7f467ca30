import { type AlertMessage, type DeliveredFiring, severityOf } from './alert-message.ts';

/** A message in words, from which each kind of channel makes its own form. */
export interface MessageText {
  /** One line, without line breaks or control characters. */
  readonly title: string;
  readonly entries: readonly TextEntry[];
  /** Firings that are not among the entries. */
  readonly more: number;
}

export interface TextEntry {
  /** Severity, rule, product and expiry; one line. */
  readonly head: string;
  readonly message: string;
  /** Time of the chain. */
  readonly time: string;
}

const NAMES = { info: 'Info', warning: 'Warning', critical: 'Critical' } as const;

/** At most `most` firings are listed, the latest ones, as those matter to who reads it late. */
export function messageText(message: AlertMessage, most: number): MessageText {
  const { firings } = message;
  const [first] = firings;
  const severity = NAMES[severityOf(message)];
  const title =
    firings.length === 1 ? headOf(first) : `${severity}: ${firings.length} alerts of ${rulesOf(firings)}`;
  const listed = firings.slice(-most);
  return {
    title: oneLine(title),
    entries: listed.map((firing) => ({
      head: oneLine(headOf(firing)),
      message: withoutControls(firing.message),
      time: timeText(firing.at),
    })),
    more: firings.length - listed.length,
  };
}

function headOf({ severity, rule, product, expiry }: DeliveredFiring): string {
  const subject = [product, expiry].filter((part) => part !== null).join(' ');
  return `${NAMES[severity]}: ${rule}${subject === '' ? '' : ` · ${subject}`}`;
}

function rulesOf(firings: readonly DeliveredFiring[]): string {
  const rules = [...new Set(firings.map(({ rule }) => rule))];
  return rules.length === 1 ? rules[0] : `${rules.length} rules`;
}

/** `2026-11-26 09:15:00 UTC`: a receiver's time zone is not known. */
const timeText = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Of a text that its owner wrote: nothing that is not seen, which headers and terminals could take for something else. */
const withoutControls = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (found) => (found === '\n' ? '\n' : ' '));

const oneLine = (text: string): string => withoutControls(text).replace(/\s+/g, ' ').trim();

/** The text as plain lines. */
export function plainText(text: MessageText): string {
  const entries = text.entries.map(({ head, message, time }) => `${head}\n${message}\n${time}`);
  return [...entries, ...(text.more > 0 ? [moreText(text.more)] : [])].join('\n\n');
}

export const moreText = (more: number): string => `and ${more} earlier ${more === 1 ? 'alert' : 'alerts'}`;

/** At most so many UTF-16 units, which is how the services that are sent to count; no character is cut in two. */
export function cutTo(most: number, text: string): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

/**
 * As many of the entries as fit into `most`, the latest ones, and how many there are more; the only entry is cut. What is
 * cut is text, before it is put into the form of a channel, so that no markup is cut.
 */
export function fitting(
  text: MessageText,
  most: number,
  form: (text: MessageText) => string,
  size: (formed: string) => number = (formed) => formed.length,
): string {
  for (let left = text.entries.length; left >= 1; left--) {
    const entries = text.entries.slice(-left);
    const formed = form({ ...text, entries, more: text.more + text.entries.length - left });
    if (size(formed) <= most) return formed;
  }
  const entry = text.entries[text.entries.length - 1];
  for (let length = entry.message.length; ; length = Math.floor(length / 2)) {
    const entries = [{ ...entry, message: cutTo(Math.max(1, length), entry.message) }];
    const formed = form({ ...text, entries, more: text.more + text.entries.length - 1 });
    if (size(formed) <= most || length === 0) return formed;
  }
}
