import { error, info, warn } from './log-event.ts';

/** Delivery of alerts. */
export const ALERT_DELIVERY_EVENTS = {
  alert_channel_failing: warn('alerts cannot be delivered through a channel'),
  alert_channel_recovered: info('alerts are delivered through a channel again'),
  alert_channel_disabled: warn('a channel of alerts was disabled: its target takes nothing any more'),
  alert_account_suspended: info(
    'an account may not log in: its rules are not evaluated, and nothing is sent',
  ),
  alert_account_resumed: info('an account may log in again: its rules are evaluated'),
  alert_account_removed: info('an account is gone: its rules, channels and firings were removed'),
  alert_accounts_not_looked_up: warn('it is not known which accounts are gone or disabled; asked again'),
  alert_delivery_not_done: error('alerts that wait for their delivery could not be looked up'),
} as const;
