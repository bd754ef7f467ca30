import type { ConditionCheck } from './use-condition-check.ts';

/** A condition in three, of which the second is wrong; what is wrong at the end of it is shown at its last character. */
export function markedText(text: string, check: ConditionCheck | null): [string, string, string] {
  if (check === null || check.ok || check.position === null) return [text, '', ''];
  const last = Math.max(0, text.length - 1);
  const start = Math.min(check.position.start, last);
  const end = Math.min(Math.max(check.position.end, start + 1), text.length);
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

/** The condition with the suggested name in the place of what is wrong; null where nothing is suggested. */
export function withSuggestion(text: string, check: ConditionCheck | null): string | null {
  if (check === null || check.suggestion === null || check.position === null) return null;
  const { start, end } = check.position;
  return text.slice(0, start) + check.suggestion + text.slice(end);
}
