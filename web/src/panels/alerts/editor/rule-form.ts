import type { Rule, RuleDraft } from '../alert-types.ts';
import { secondsOf, spanText } from '../span-text.ts';

/** The fields of the editor by name, as `valuesOf` reads them: without those that are empty. */
export type FormValues = Readonly<Record<string, string | undefined>>;

/** What the editor begins with, as texts of its fields. */
export interface FormTexts {
  readonly name: string;
  readonly products: string;
  readonly expiry: string;
  readonly held: string;
  readonly cooldown: string;
  readonly repeat: string;
  readonly severity: string;
  readonly digest: string;
  readonly message: string;
  readonly expires: string;
}

export type ReadForm =
  | { readonly ok: true; readonly draft: RuleDraft }
  | { readonly ok: false; readonly problem: string };

/** Prefix of the names of the boxes for channels; the id follows. */
export const CHANNEL_FIELD = 'channel:';
const PLENTY_OF_MINUTES = 1_440;

export function textsOf(rule: Rule): FormTexts {
  return {
    name: rule.name,
    products: rule.products === '*' ? '*' : rule.products.join(', '),
    expiry: rule.expiry,
    held: rule.for_seconds === 0 ? '' : spanText(rule.for_seconds),
    cooldown: rule.cooldown_seconds === 0 ? '' : spanText(rule.cooldown_seconds),
    repeat: rule.repeat,
    severity: rule.severity,
    digest: rule.digest_minutes === 0 ? '' : String(rule.digest_minutes),
    message: rule.message ?? '',
    expires: rule.expires_at === null ? '' : rule.expires_at.slice(0, 16),
  };
}

interface Conditions {
  readonly condition: string;
  readonly clear: string;
}

/** The rule that the fields say, or which of them says nothing that a rule can have. `before` has what the editor has no field for. */
export function readForm(
  values: FormValues,
  { condition, clear }: Conditions,
  before: Rule | null,
): ReadForm {
  const wrong = (problem: string): ReadForm => ({ ok: false, problem });
  if (values.name === undefined) return wrong('Name: the rule needs one');
  if (condition.trim() === '') return wrong('Fires when: the rule needs a condition');
  const products = productsOf(values.products ?? '');
  if (products === null) return wrong('Products: name one at least, or * for each');
  const held = secondsOf(values.held ?? '');
  if (held === null) return wrong('Holds for: write it as 60 s, 5 min or 2 h');
  const cooldown = secondsOf(values.cooldown ?? '');
  if (cooldown === null) return wrong('Cool-down: write it as 60 s, 5 min or 2 h');
  const digest = Number(values.digest ?? 0);
  if (!Number.isInteger(digest) || digest < 0 || digest > PLENTY_OF_MINUTES) {
    return wrong(`Gather for: whole minutes, ${PLENTY_OF_MINUTES} at most`);
  }
  const expires = values.expires === undefined ? null : Date.parse(`${values.expires}Z`);
  if (Number.isNaN(expires)) return wrong('Ends at: this is not a time');
  return {
    ok: true,
    draft: {
      name: values.name,
      subject: before?.subject ?? subjectOf(values.subject),
      enabled: values.enabled !== undefined,
      products,
      expiry: values.expiry ?? 'nearest',
      condition: condition.trim(),
      clear_condition: clear.trim() === '' ? null : clear.trim(),
      for_seconds: held,
      cooldown_seconds: cooldown,
      repeat: values.repeat === 'once' ? 'once' : 'repeat',
      session_only: values.session !== undefined,
      digest_minutes: digest,
      severity: values.severity === 'info' || values.severity === 'critical' ? values.severity : 'warning',
      channels: Object.keys(values)
        .filter((name) => name.startsWith(CHANNEL_FIELD))
        .map((name) => name.slice(CHANNEL_FIELD.length)),
      message: values.message ?? null,
      expires_at: expires === null ? null : new Date(expires).toISOString(),
      muted_until: before?.muted_until ?? null,
    },
  };
}

const subjectOf = (value: string | undefined): Rule['subject'] =>
  value === 'platform' || value === 'log' ? value : 'market';

/** Symbols with commas or spaces between; `*` is each. Null for nothing. */
function productsOf(text: string): Rule['products'] | null {
  const symbols = [...new Set(text.split(/[\s,]+/).filter((each) => each !== ''))];
  if (symbols.length === 0) return null;
  return symbols.includes('*') ? '*' : symbols;
}
