import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSealedBox } from '../../../kit/secrets/sealed-box.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { channel, NOW } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { openTarget } from '../delivery/secrets/alert-secrets.ts';
import { ALERT_DELIVERY } from '../delivery/settings.ts';
import { createDestinationRule } from '../delivery/target-requests/destination.ts';
import { type ChannelsParts, createChannels } from './channels.ts';

const OWNER = { owner: 'u1', isAdmin: false } as const;
const URL_OF_HOOK = 'https://hooks.example.com/new';

function underTest() {
  const targets = createSealedBox(randomBytes(32));
  let stored = channel({ sealedTarget: 'sealed by another secret' });
  const parts = {
    store: {
      channel: async () => stored,
      async putChannel(changed: typeof stored) {
        stored = changed;
        return true;
      },
    },
    secrets: { targets },
    delivery: { wake: () => undefined },
    targets: {
      destinations: createDestinationRule({ ports: [443], allowed: [], nat64: false }),
      hasMail: false,
    },
    settings: ALERT_DELIVERY.defaults,
    clock: createManualClock(NOW),
  };
  const channels = createChannels(parts as unknown as ChannelsParts);
  return { channels, kept: () => openTarget(targets, stored) };
}

it('takes another target in the place of one that cannot be opened any more, with a new secret', async () => {
  const { channels, kept } = underTest();
  const target = { kind: 'webhook', url: URL_OF_HOOK } as const;
  const { signing_secret } = await channels.put(OWNER, 'c1', { version: 1, target });
  expect(kept()).toMatchObject({ url: URL_OF_HOOK, signing: { secret: signing_secret } });
});

it('makes no new secret of a target that cannot be opened', async () => {
  const { channels } = underTest();
  const rotation = channels.put(OWNER, 'c1', { version: 1, rotate_secret: true });
  await expect(rotation).rejects.toMatchObject({ code: 'internal' });
});

it('refuses a name that not every store keeps', async () => {
  const { channels } = underTest();
  await expect(channels.put(OWNER, 'c1', { version: 1, name: 'a\0' })).rejects.toThrow(/^name: /);
});
