import { describe, expect, it, vi } from 'vitest';
import { subscribeToPush } from './push-subscription.ts';

const KEYS = { p256dh: 'p', auth: 'a' };

function browser(
  permission: NotificationPermission = 'granted',
  given: object = { endpoint: 'https://push', keys: KEYS },
) {
  const subscribe = vi.fn(async (_asked: { applicationServerKey: Uint8Array }) => ({ toJSON: () => given }));
  const registration = { active: {}, pushManager: { subscribe } };
  const parts = {
    container: { getRegistration: async () => registration },
    askConsent: async () => permission,
  };
  return { parts: parts as never, subscribe };
}

describe('a subscription to push', () => {
  it('is made with the key of the platform, and says where the browser is reached', async () => {
    const { parts, subscribe } = browser();
    const target = await subscribeToPush('-_8A', parts);
    expect(target).toEqual({ kind: 'web_push', endpoint: 'https://push', ...KEYS });
    const [{ applicationServerKey }] = subscribe.mock.calls[0];
    expect([...applicationServerKey]).toEqual([0xfb, 0xff, 0x00]);
  });

  it('is not made without consent', async () => {
    const { parts, subscribe } = browser('denied');
    await expect(subscribeToPush('AA', parts)).rejects.toThrow(/refuses notifications/);
    expect(subscribe).not.toHaveBeenCalled();
  });

  it('says what is missing', async () => {
    const none = { container: undefined, askConsent: async () => 'granted' as const };
    await expect(subscribeToPush('AA', none)).rejects.toThrow(/not kept by this browser/);
    await expect(subscribeToPush('AA', browser('granted', {}).parts)).rejects.toThrow(/how it is reached/);
  });
});
