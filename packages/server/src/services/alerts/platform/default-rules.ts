import { type AlertRuleDraft, completeRule } from '@deltastream/contracts';
import type { AlertRule } from '../../../ports/stores/alerts/alert-records.ts';
import { OPERATOR_OWNER } from '../owners.ts';

/** Of the platform, for its administrators to change: the first alerts service of a store brings them. */
const DEFAULT_RULES: readonly (AlertRuleDraft & { readonly id: string })[] = [
  {
    id: 'default-stall',
    name: 'Quotes of a product have stopped',
    condition: 'stall_seconds > 30',
    clear_condition: 'stall_seconds < 5',
    severity: 'warning',
    message: 'No chain of {product} for {stall_seconds} s',
  },
  {
    id: 'default-gap',
    name: 'Messages of a product are missing',
    condition: 'gap_messages > 0',
    cooldown_seconds: 300,
    severity: 'info',
    message: '{gap_messages} messages of {product} never came',
  },
  {
    id: 'default-frozen',
    name: 'Quotes of a product repeat',
    condition: 'frozen_seconds > 60',
    clear_condition: 'frozen_seconds < 5',
    severity: 'warning',
    message: 'Quotes of {product} have repeated for {frozen_seconds} s',
  },
  {
    id: 'default-feed',
    name: 'A feed gives no data',
    condition: 'feed_disconnected_seconds > 30',
    clear_condition: 'feed_disconnected_seconds < 5',
    severity: 'critical',
    message: '{service} has given no data for {feed_disconnected_seconds} s',
  },
  {
    id: 'default-service',
    name: 'A service is away',
    condition: 'service_away_seconds > 30',
    clear_condition: 'service_away_seconds < 5',
    severity: 'critical',
    message: '{service} has been away for {service_away_seconds} s',
  },
  {
    id: 'default-dead-letters',
    name: 'Messages could not be handled',
    condition: 'dead_letters > 0',
    cooldown_seconds: 3_600,
    severity: 'warning',
    message: '{dead_letters} messages were set aside',
  },
  {
    id: 'default-disk',
    name: 'The disk is nearly full',
    condition: 'disk_free_fraction < 0.05',
    clear_condition: 'disk_free_fraction > 0.1',
    severity: 'critical',
    message: 'Of the volume of the stored data {disk_free_fraction} is free',
  },
].map(
  (rule) =>
    ({ subject: 'platform' as const, products: '*' as const, ...rule }) as AlertRuleDraft & { id: string },
);

/** The rules that a new store begins with. */
export const defaultRules = (nowMs: number): AlertRule[] =>
  DEFAULT_RULES.map(({ id, ...draft }) => ({
    ...{ id, owner: OPERATOR_OWNER, version: 1, definition: completeRule(draft) },
    ...{ status: 'armed' as const, problem: null, createdAt: nowMs, updatedAt: nowMs },
    ...{ lastFiredAt: null, firings: 0 },
  }));
