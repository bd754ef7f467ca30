import { describe, expect, it } from 'vitest';
import { createAttemptLimits, networkOf } from './attempt-limits.ts';

describe('attempt limits', () => {
  it('counts per address, whatever the account', async () => {
    const limits = createAttemptLimits({ windowSeconds: 60, perAddress: 3, perAccount: 100 });
    for (let i = 0; i < 3; i++) await limits.count('192.0.2.1', `account-${i}`);
    const refusal = await limits.count('192.0.2.1', 'account-4').catch((error) => error);
    expect(refusal).toMatchObject({ code: 'too_many_requests' });
    expect(refusal.retryAfterSeconds).toBeGreaterThan(50);
    expect(refusal.retryAfterSeconds).toBeLessThanOrEqual(60);
    await limits.count('192.0.2.2', 'account-5');
  });

  it('counts per account, whatever the address, but not what an address sends beyond its limit', async () => {
    const limits = createAttemptLimits({ windowSeconds: 60, perAddress: 2, perAccount: 3 });
    for (let i = 0; i < 10; i++) await limits.count('192.0.2.1', 'owner').catch(() => undefined);
    await limits.count('192.0.2.2', 'owner');
    await expect(limits.count('192.0.2.3', 'owner')).rejects.toMatchObject({ code: 'too_many_requests' });
    await limits.count('192.0.2.3', 'other');
  });

  it('forgets after the window', async () => {
    const limits = createAttemptLimits({ windowSeconds: 1, perAddress: 1, perAccount: 1 });
    await limits.count('192.0.2.1', 'owner');
    await expect(limits.count('192.0.2.1', 'owner')).rejects.toMatchObject({ retryAfterSeconds: 1 });
    await expect
      .poll(
        () =>
          limits.count('192.0.2.1', 'owner').then(
            () => true,
            () => false,
          ),
        {
          timeout: 3000,
          interval: 100,
        },
      )
      .toBe(true);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('of %j is %j', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});
