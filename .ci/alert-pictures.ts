import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '@deltastream/client';
import type { Page } from 'playwright-core';

/** Of a rule that fires once. */
const ONCE = 'Volatility of any expiry';
const DAY_MS = 86_400_000;
/** The first chain comes and what it fires is delivered, once more where that failed. */
const FIRED_MS = 4_000;
/** A condition is checked after a pause of who types. */
const CHECKED_MS = 1_500;

/** A target that takes what is sent, and one that refuses it; `addresses` is for the platform's `--alert-targets`. */
export async function startAlertTargets() {
  const targets = [200, 503].map((status) =>
    createServer((request, response) => {
      request.resume();
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1'),
  );
  await Promise.all(targets.map((each) => each.listening || once(each, 'listening')));
  const addresses = targets.map((each) => `127.0.0.1:${(each.address() as AddressInfo).port}`);
  return {
    addresses,
    close() {
      for (const each of targets) each.close();
    },
  };
}

/** Rules in each of their states, of who reads without a login: one that fires, and delivers to both targets. */
export async function addAlerts(
  baseUrl: string,
  product: string,
  addresses: readonly string[],
): Promise<void> {
  const client = createClient({ baseUrl });
  const [desk, away] = await Promise.all(
    ['Desk', 'Desk of the other branch, which is away'].map((name, i) =>
      client.createAlertChannel({ name, target: { kind: 'webhook', url: `http://${addresses[i]}/alerts` } }),
    ),
  );
  const channels = [desk.channel.id, away.channel.id];
  type Rule = Parameters<Client['createAlertRule']>[0]['rule'];
  const rules: readonly Rule[] = [
    {
      name: 'Spot is known',
      products: [product],
      condition: 'spot_price > 0.0',
      cooldown_seconds: 300,
      channels,
    },
    {
      ...{
        name: 'Put-call ratio high and volatility dear',
        products: [product],
        severity: 'critical',
        channels,
      },
      ...{ condition: 'pcr_oi > 1.2 && iv_rank > 80.0', clear_condition: 'pcr_oi < 1.1' },
      ...{ for_seconds: 60, cooldown_seconds: 900, session_only: true },
    },
    {
      ...{ name: ONCE, products: '*', expiry: 'all', severity: 'info' },
      ...{ condition: 'atm_iv > 0.05', digest_minutes: 15, repeat: 'once' },
    },
    {
      ...{ name: 'Spot moves', products: [product], condition: 'change(spot_price, "15m") > 50.0' },
      muted_until: new Date(Date.now() + DAY_MS).toISOString(),
    },
    {
      ...{ name: 'Max pain away from the spot', products: [product], enabled: false },
      condition: 'max_pain_strike > spot_price + 100.0 || max_pain_strike < spot_price - 100.0',
    },
  ];
  for (const rule of rules) await client.createAlertRule({ rule });
  for (const id of channels) await client.testAlertChannel({ id });
  await sleep(FIRED_MS);
}

/** A rule that ended fires once more: its notice. */
export async function fireRule(page: Page): Promise<void> {
  await page.getByRole('button', { name: `Enable ${ONCE}` }).click();
  await page.getByRole('region', { name: 'Alerts that fired' }).getByText(ONCE).first().waitFor();
}

/** The editor of a new rule: a condition with a mistake, one without, and when the rule would have fired. */
export async function openRuleEditor(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('Fires when').fill('spot_price > 0.0 && pcr_oi > 0.5');
  await page.getByLabel('Fires again after').fill('pcr_io < 1.1');
  await page.getByRole('region', { name: 'New rule' }).getByLabel('Name', { exact: true }).fill('PCR high');
  await page.getByLabel('Cool-down').fill('1 h');
  const past = page.getByRole('region', { name: 'Would have fired' });
  await sleep(CHECKED_MS);
  await page.getByLabel('Fires again after').press('Alt+Enter');
  await past.getByRole('button', { name: 'Try it' }).click();
  await past.getByText(/^Complete/).waitFor();
  await page.getByLabel('Fires again after').fill('pcr_io < 1.1');
  await sleep(CHECKED_MS);
}
