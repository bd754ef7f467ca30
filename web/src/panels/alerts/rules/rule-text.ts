import { expiryText } from '../../../format/format.ts';
import type { Rule, RuleView } from '../alert-types.ts';
import { spanText } from '../span-text.ts';

/** A rule has as many products as that in its sentence; the others are counted. */
const NAMED_PRODUCTS = 3;

/** `NIFTY, nearest expiry: pcr_oi > 1.2 for 1 min, repeats, cool-down 5 min → 2 channels`. */
export function ruleSentence(rule: Rule): string {
  const held = rule.for_seconds > 0 ? ` for ${spanText(rule.for_seconds)}` : '';
  const parts = [
    `${rule.condition}${held}`,
    ...(rule.clear_condition === null ? [] : [`again after ${rule.clear_condition}`]),
    rule.repeat === 'once' ? 'once' : 'repeats',
    ...(rule.cooldown_seconds > 0 ? [`cool-down ${spanText(rule.cooldown_seconds)}`] : []),
    ...(rule.session_only ? ['in the session only'] : []),
    ...(rule.digest_minutes > 0 ? [`gathered for ${spanText(rule.digest_minutes * 60)}`] : []),
  ];
  return `${lookedAt(rule)}: ${parts.join(', ')} → ${whereTo(rule.channels.length)}`;
}

function lookedAt({ subject, products, expiry }: Rule): string {
  if (subject === 'log') return 'Alerts of the log';
  const named = productsText(products);
  if (subject === 'platform') return `The platform, ${named}`;
  const chains = { nearest: 'nearest expiry', all: 'each expiry' }[expiry];
  return `${named}, ${chains ?? expiryText(expiry)}`;
}

function productsText(products: Rule['products']): string {
  if (products === '*') return 'each product';
  const more = products.length - NAMED_PRODUCTS;
  if (more <= 0) return products.join(', ');
  return `${products.slice(0, NAMED_PRODUCTS).join(', ')} and ${more} more`;
}

function whereTo(channels: number): string {
  if (channels === 0) return 'this page';
  return channels === 1 ? '1 channel' : `${channels} channels`;
}

const STATUS_TEXTS: Readonly<Record<RuleView['status'], string>> = {
  armed: 'armed',
  disabled: 'disabled',
  fired: 'fired once, now off',
  expired: 'expired',
  invalid: 'cannot be evaluated',
};

/** How a rule stands, with what mutes or troubles it. `instant` writes a time, `now` in milliseconds. */
export function statusText(view: RuleView, instant: (iso: string) => string, now: number): string {
  const { muted_until: muted } = view.rule;
  const quiet = muted !== null && Date.parse(muted) > now ? `, muted until ${instant(muted)}` : '';
  const problem = view.problem === null ? '' : `: ${view.problem}`;
  return STATUS_TEXTS[view.status] + problem + quiet;
}
