import { count, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

export const ALERT_RULES = settingsFragment('Rules of alerts', {}, 'alert', {
  maxRules: count(200, 'rules', 'Most rules of one account, and of the platform itself', 1, 100_000),
});

export type RuleSettings = ValuesOf<typeof ALERT_RULES.own>;
