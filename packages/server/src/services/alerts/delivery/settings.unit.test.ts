import { expect, it } from 'vitest';
import { destinationRule } from './sending/senders.ts';
import { ALERT_DELIVERY, deliverySettings } from './settings.ts';

const problemOf = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_setting' });
    return (error as Error).message;
  }
};

it('has its defaults where nothing is given', () => {
  expect(deliverySettings({ smtp: undefined })).toEqual(ALERT_DELIVERY.defaults);
  expect(deliverySettings({ checkMs: 5 }).checkMs).toBe(5);
});

it('refuses at the start what could not send when the first alert comes', () => {
  expect(problemOf(() => deliverySettings({ smtp: 'smtp://mail.test' }))).toBe('--smtp needs --mail-from');
  const mailFrom = 'alerts@mail.test';
  expect(problemOf(() => deliverySettings({ smtp: 'smtp://user:secret@mail.test:x', mailFrom }))).toBe(
    '--smtp is not a valid URL',
  );
  expect(problemOf(() => deliverySettings({ smtp: 'smtp://mail.test:25', mailFrom }))).toBeNull();
  expect(problemOf(() => deliverySettings({ requestTimeoutMs: 0 }))).toContain('alerts.requestTimeoutMs');
  const rule = () => destinationRule(deliverySettings({ alertTargets: ['ntfy.lan'] }));
  expect(problemOf(rule)).toBe(
    '--alert-targets: ntfy.lan is neither HOST:PORT nor a range such as 10.1.0.0/16',
  );
});
