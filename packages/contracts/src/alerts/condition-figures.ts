import { CHAIN_FIGURES } from '../figures/chain-figures.ts';
import type { Figure } from '../figures/figure.ts';
import { PRODUCT_FIGURES } from '../figures/product-figures.ts';
import { ALERT_SEVERITIES } from '../market/alert.ts';
import { QUALITY_FLAGS } from '../market/chain.ts';
import type { RuleSubject } from './alert-rule.ts';

/**
 * What a condition may name. A `number` is a double or null; a `name` is a text or null, one of `names` where those are
 * listed; `names` is a list of texts.
 */
export interface ConditionFigure {
  readonly kind: 'number' | 'name' | 'names';
  readonly title: string;
  readonly unit: string;
  readonly description: string;
  /** The texts that there can be; null: any. */
  readonly names: readonly string[] | null;
}

export type ConditionFigures = Readonly<Record<string, ConditionFigure>>;

const number = (title: string, unit: string, description: string): ConditionFigure => ({
  kind: 'number',
  title,
  unit,
  description,
  names: null,
});
const name = (
  title: string,
  description: string,
  names: readonly string[] | null = null,
): ConditionFigure => ({
  kind: 'name',
  title,
  unit: 'name',
  description,
  names,
});

/** A figure of the catalogue as a condition has it; null for lists of numbers and instants, which it has not. */
function ofCatalogue({ title, unit, description, value }: Figure): ConditionFigure | null {
  switch (value) {
    case 'nullable':
    case 'number':
    case 'integer':
      return number(title, unit, description);
    case 'numbers':
    case 'instant':
      return null;
    default:
      return name(title, description, value);
  }
}

const catalogue = (figures: Readonly<Record<string, Figure>>): ConditionFigures =>
  Object.fromEntries(
    Object.entries(figures).flatMap(([each, figure]) => {
      const usable = ofCatalogue(figure);
      return usable === null ? [] : [[each, usable]];
    }),
  );

/** Of a chain: its figures, those of its product, and what its header says. */
const MARKET: ConditionFigures = {
  ...catalogue(CHAIN_FIGURES),
  ...catalogue(PRODUCT_FIGURES),
  minutes_to_expiry: number(
    'Minutes to expiry',
    'minutes',
    'From the snapshot to the expiry instant; below 0 when it has passed',
  ),
  product: name('Product', 'Product symbol as listed by its exchange, upper case'),
  expiry: name('Expiry', 'Expiry as a calendar date of the exchange, YYYY-MM-DD'),
  flags: {
    kind: 'names',
    title: 'Flags',
    unit: 'names',
    description: 'What is known to be odd about the snapshot',
    names: QUALITY_FLAGS,
  },
};

/** Of the platform and the quality of its data, product by product where it is about one. */
const PLATFORM: ConditionFigures = {
  product: name('Product', 'Product that it is about; null where it is about the platform itself'),
  service: name('Service', 'Service or venue that it is about; null where it is about a product'),
  stall_seconds: number('Stall', 's', 'Since the newest chain of the product, while its contracts trade'),
  gap_messages: number(
    'Missing messages',
    'messages',
    'Missing between the two newest messages of the product, by their numbers',
  ),
  frozen_seconds: number('Frozen', 's', 'For how long the quotes of the product have repeated'),
  stale_open_interest_seconds: number(
    'Stale open interest',
    's',
    'For how long open interest of the product, of some contracts or all, has been carried from before',
  ),
  feed_disconnected_seconds: number(
    'Feed disconnected',
    's',
    'For how long the feed or venue has given no data',
  ),
  service_away_seconds: number('Service away', 's', 'For how long the service has been silent or not ready'),
  dead_letters: number(
    'Dead letters',
    'messages',
    'Messages that were set aside as they could not be handled',
  ),
  disk_free_fraction: number('Disk free', 'fraction', 'Part of the volume of the stored data that is free'),
  disk_free_bytes: number('Disk free', 'bytes', 'Free on the volume of the stored data'),
};

/** Of an alert of a rule that counts lines of the log. */
const LOG: ConditionFigures = {
  rule: name('Rule', 'Name of the rule that counts lines of the log'),
  severity: name('Severity', 'Severity of that rule', ALERT_SEVERITIES),
  state: name('State', 'Whether it began or ended', ['firing', 'resolved']),
  value: number('Value', 'unit of the rule', 'What was observed'),
  threshold: number('Threshold', 'unit of the rule', 'What it was compared with'),
};

/** What the conditions of a rule may name, by the subject of the rule. */
export const CONDITION_FIGURES: Readonly<Record<RuleSubject, ConditionFigures>> = {
  market: MARKET,
  platform: PLATFORM,
  log: LOG,
};
