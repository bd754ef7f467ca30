import { error, info, warn } from './log-event.ts';

/** Delivery of alerts. */
export const ALERT_DELIVERY_EVENTS = {
  alert_channel_failing: warn('alerts cannot be delivered through a channel'),
  alert_channel_recovered: info('alerts are delivered through a channel again'),
  alert_channel_disabled: warn('a channel of alerts was disabled: its target takes nothing any more'),
  alert_delivery_not_done: error('alerts that wait for their delivery could not be looked up'),
} as const;
