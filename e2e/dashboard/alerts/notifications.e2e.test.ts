import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSubscribedBrowser } from '../../../packages/server/src/services/alerts/delivery/senders/web-push/subscribed-browser.fixture.ts';
import { haveBrowser } from '../../support/clients/browser.ts';
import { createStand, panelOf, type Stand } from '../stand.ts';

const RULE = 'Spot is there';

describe.runIf(haveBrowser)('notifications of the browser', () => {
  let stand: Stand;
  let page: Page;
  /** As a push service gets them: it can read none. */
  const pushed: Buffer[] = [];
  const subscribed = createSubscribedBrowser();
  const pushService = createServer(async (request, response) => {
    pushed.push(Buffer.concat(await request.toArray()));
    response.writeHead(201).end();
  });

  beforeAll(async () => {
    pushService.listen(0, '127.0.0.1');
    await once(pushService, 'listening');
    const { port } = pushService.address() as AddressInfo;
    stand = await createStand(['--products', 'NIFTY', '--alert-targets', `127.0.0.1:${port}`]);
    page = await stand.open('/alerts', undefined, (opened) =>
      opened.context().grantPermissions(['notifications'], { origin: stand.url }),
    );
    await page.evaluate(() => navigator.serviceWorker.ready);
  });
  afterAll(async () => {
    await stand?.close();
    pushService.close();
  });

  /** What the browser shows now, as it says itself. */
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const notifications = await registration.getNotifications();
      return notifications.map(({ title, body, tag }) => ({ title, body, tag }));
    });

  it('show what a rule fires that was made on the page, while the reader looks at something else', async () => {
    await (await panelOf(page, 'Alert rules')).waitFor();
    const consent = page.getByRole('button', { name: 'Notify in the browser' });
    await consent.click();
    await expect.poll(() => consent.getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('heading', { name: 'Alert rules' }).click();
    await page.keyboard.press('n');
    await page.getByLabel('Fires when').fill('spot_price > 0');
    await page.getByRole('region', { name: 'New rule' }).getByLabel('Name', { exact: true }).fill(RULE);
    await page.getByLabel('Cool-down').fill('1 h');
    // Playwright keeps every page focused; this one is told that the reader looks at something else.
    await page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await page.getByRole('button', { name: 'Add the rule' }).click();
    const [firing] = await expect
      .poll(async () => (await stand.client.listAlertFirings({})).firings)
      .toHaveLength(1)
      .then(async () => (await stand.client.listAlertFirings({})).firings);
    await expect.poll(shown).toEqual([{ title: RULE, body: firing.message, tag: firing.id }]);
  });

  it('show what comes by Web Push, of which the push service can read nothing', async () => {
    const { port } = pushService.address() as AddressInfo;
    const { channel } = await stand.client.createAlertChannel({
      name: 'This browser',
      target: { kind: 'web_push', endpoint: `http://127.0.0.1:${port}/push`, ...subscribed.keys },
    });
    const before = await shown();
    await stand.client.createAlertRule({
      rule: {
        ...{ name: 'By push', products: ['NIFTY'], condition: 'spot_price > 0' },
        ...{ cooldown_seconds: 3_600, channels: [channel.id] },
      },
    });
    await expect.poll(() => pushed.length).toBe(1);
    expect(pushed[0].includes('By push')).toBe(false);
    const message = subscribed.read(pushed[0]);
    // What a browser does with the text of a push message, once it has decrypted it.
    const devtools = await page.context().newCDPSession(page);
    const registered = Promise.withResolvers<string>();
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      for (const { scopeURL, registrationId } of registrations) {
        if (scopeURL.startsWith(stand.url)) registered.resolve(registrationId);
      }
    });
    await devtools.send('ServiceWorker.enable');
    await devtools.send('ServiceWorker.deliverPushMessage', {
      ...{ origin: stand.url, registrationId: await registered.promise, data: message },
    });
    const { id, title, body } = JSON.parse(message);
    expect(title).toContain('By push');
    await expect
      .poll(async () => (await shown()).filter(({ tag }) => before.every((each) => each.tag !== tag)))
      .toContainEqual({ title, body, tag: id });
  });

  it('complain about nothing', () => expect(stand.complaints).toEqual([]));
});
