import { expect, it } from 'vitest';
import { panelOf, type Stand } from '../stand.ts';

/** The time bar moves everything to an instant, and back to live. */
export function timeBar(stand: () => Stand): void {
  it('moves everything to an instant, steps by snapshot, plays, and comes back to live', async () => {
    const { at, expiry } = await stand().pastOf('NIFTY');
    const page = await stand().open(`/chain?product=NIFTY&expiry=${expiry}&at=${at}`);
    const panel = await panelOf(page, 'Option chain');
    const shown = panel.getByText('as of').locator('time');
    await expect.poll(() => shown.getAttribute('datetime')).toBe(at);

    const address = () => new URL(page.url()).searchParams.get('at');
    const { chains } = await stand().client.listChains({ product: 'NIFTY', expiry, from: at, limit: 2 });
    await page.getByRole('button', { name: 'One snapshot forward' }).click();
    await expect.poll(address).toBe(chains[1].timestamp);
    await expect.poll(() => shown.getAttribute('datetime')).toBe(chains[1].timestamp);
    await page.keyboard.press(',');
    await expect.poll(address).toBe(at);

    await page.getByLabel('Speed').selectOption('300');
    await page.keyboard.press('p');
    await expect.poll(() => Date.parse(address() ?? '')).toBeGreaterThan(Date.parse(at) + 300_000);
    const bar = page.getByRole('region', { name: 'Time', exact: true });
    await bar.getByText(/^Replay 300x, /).waitFor();
    await page.keyboard.press('[');
    await bar.getByText(/^Replay 60x, /).waitFor();
    await page.keyboard.press('p');
    await bar.getByText(/^As of /).waitFor();

    await page.getByRole('button', { name: 'LIVE' }).click();
    await expect.poll(address).toBeNull();
    await expect
      .poll(async () => Date.parse((await shown.getAttribute('datetime')) ?? ''))
      .toBeGreaterThan(Date.now() - 60_000);
    await page.close();
  });
}
