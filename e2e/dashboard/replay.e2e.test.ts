import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveBrowser } from '../support/clients/browser.ts';
import { type Account, createAccount, FAST_PASSWORDS } from '../support/platform/accounts.ts';
import { expectAccessible } from './accessibility.ts';
import { createStand, numberOf, panelOf, type Stand, tableOf } from './stand.ts';

const CHAIN = 'product=NIFTY&strikes=0&columns=open_interest,volume';
const MINUTE_MS = 60_000;
/** Of what is played: the fields of the form are of the exchange's time. */
const IST_MS = 5.5 * 3_600_000;
const SIZE = { width: 1440, height: 6_000 };
const PHONE = { width: 390, height: 844 };

/** As a field for date and time has it: without seconds that are 0. */
const localTime = (epochMs: number) =>
  new Date(epochMs + IST_MS).toISOString().slice(0, 19).replace(/:00$/, '');
const timeBar = (page: Page): Locator => page.getByRole('region', { name: 'Time', exact: true });
const label = (page: Page): Locator => page.getByRole('banner').getByRole('status');

describe.runIf(haveBrowser)('the replay that everyone sees', () => {
  let stand: Stand;
  let account: Account;
  let admin: Page;
  let viewer: Page;
  /** Begin and end of what is played, epoch ms, without a fraction of a second. */
  let range: { readonly from: number; readonly to: number };

  beforeAll(async () => {
    stand = await createStand(['--products', 'NIFTY', ...FAST_PASSWORDS], {
      async prepare(data) {
        account = await createAccount(data, 'admin', 'admin');
      },
    });
  });

  afterAll(() => stand?.close());

  /** Somebody without a login, live, and an administrator at an instant of the past, from which is played. */
  async function openPages(): Promise<void> {
    const { at } = await stand.pastOf('NIFTY');
    const from = Math.ceil(Date.parse(at) / 1_000) * 1_000;
    range = { from, to: from + 40 * MINUTE_MS };
    viewer = await stand.open(`/chain?${CHAIN}`, SIZE);
    admin = await stand.open(`/login?${new URLSearchParams({ to: `/chain?${CHAIN}&at=${at}` })}`, SIZE);
    await admin.getByLabel('Email').fill(account.email);
    await admin.getByLabel('Password').fill(account.password);
    await admin.getByRole('button', { name: 'Log in' }).click();
    await panelOf(admin, 'Option chain');
  }

  const replay = () => stand.client.getReplay({});
  const shownAt = (page: Page) => timeBar(page).locator('time').getAttribute('datetime');
  const stateOf = (page: Page) => timeBar(page).getByRole('status');

  /** What both pages show is what the API has of the recorded instant at which the replay stands. */
  async function expectFiguresOfTheInstant(): Promise<void> {
    const { at } = await replay();
    if (at === null) throw new Error('the replay shows no instant');
    const chain = await stand.client.getChain({ product: 'NIFTY', at });
    const expected = chain.strikes.map((_, i) => {
      const [call, put] = [chain.calls[i], chain.puts[i]];
      return [call?.open_interest, call?.volume, put?.volume, put?.open_interest].map(
        (value) => value ?? null,
      );
    });
    for (const page of [admin, viewer]) {
      await expect.poll(() => shownAt(page)).toBe(at);
      const shown = async () => (await tableOf(page, 'Option chain')).map((row) => row.map(numberOf));
      await expect.poll(shown).toEqual(expected);
      const panel = await panelOf(page, 'Option chain');
      expect(await panel.getByText('as of').locator('time').getAttribute('datetime')).toBe(
        chain.quotes_as_of,
      );
    }
  }

  it('is begun from a stored range, and everyone sees that and what it is', async () => {
    await openPages();
    await expect.poll(() => label(viewer).textContent()).toBe('Live');
    expect(await viewer.getByRole('button', { name: 'Replay…' }).count()).toBe(0);
    const open = timeBar(admin).getByRole('button', { name: 'Replay…' });
    await open.focus();
    await admin.keyboard.press('Enter');
    const dialog = admin.getByRole('dialog', { name: 'Replay to everyone' });
    // It begins with the day of the instant that is shown.
    const day = localTime(range.from).slice(0, 10);
    await expect.poll(() => dialog.getByLabel('From').inputValue()).toMatch(new RegExp(`^${day}T09:`));
    await expectAccessible(admin);
    await dialog.getByLabel('From').fill(localTime(range.from));
    await dialog.getByLabel('To').fill(localTime(range.to));
    await dialog.getByLabel('Speed').selectOption('60x');
    await dialog.getByLabel('Wait at its beginning').check();
    await dialog.getByRole('button', { name: 'Start the replay' }).click();
    await dialog.waitFor({ state: 'detached' });

    expect(await replay()).toMatchObject({
      ...{ from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() },
      ...{ products: ['NIFTY'], speed: 60 },
    });
    for (const page of [admin, viewer]) {
      await expect.poll(() => stateOf(page).textContent()).toBe('Replay paused');
      await expect.poll(() => label(page).textContent()).toMatch(/^Replay paused, /);
      expect(new URL(page.url()).searchParams.get('at')).toBeNull();
      expect(await page.getByRole('button', { name: 'LIVE' }).count()).toBe(0);
      expect(await timeBar(page).textContent()).toMatch(/ to \d\d:\d\d:\d\d; then stops/);
    }
    await expectFiguresOfTheInstant();
  });

  it('shows one without the right how it stands and nothing that controls it', async () => {
    const progress = timeBar(viewer).getByRole('progressbar', { name: 'Place in the replay' });
    expect(await progress.getAttribute('aria-valuetext')).toMatch(/\d{4}, \d\d:\d\d:\d\d$/);
    const names = await timeBar(viewer).getByRole('button').allTextContents();
    expect(names).toEqual(['As of']);
    expect(await timeBar(viewer).getByRole('slider').count()).toBe(0);
    const { at } = await replay();
    await viewer.keyboard.press('p');
    await viewer.keyboard.press('.');
    // Another panel than the one of the room, by REST: of the same instant.
    await viewer.goto(`${stand.url}/open-interest?product=NIFTY`);
    const profile = await stand.client.getOiProfile({ product: 'NIFTY', at: at ?? undefined });
    const expected = profile.strikes.map(({ strike, call_oi, put_oi }) => [strike, call_oi, put_oi]);
    const shown = async () =>
      (await tableOf(viewer, 'Open interest by strike')).map((row) => row.slice(0, 3).map(numberOf));
    await expect.poll(shown).toEqual(expected);
    expect((await replay()).at).toBe(at);
    await viewer.goto(`${stand.url}/chain?${CHAIN}`);
  });

  it('steps, seeks, changes its speed and pauses, by keys and by the bar', async () => {
    const before = Date.parse((await replay()).at ?? '');
    await timeBar(admin).getByRole('button', { name: 'One instant forward, for everyone' }).click();
    await expect.poll(async () => Date.parse((await replay()).at ?? '')).toBeGreaterThan(before);
    await expectFiguresOfTheInstant();

    const slider = timeBar(admin).getByRole('slider', { name: 'Instant of the replay, for everyone' });
    const sought = range.from + 20 * MINUTE_MS;
    await slider.fill(String(sought));
    await expect.poll(async () => (await replay()).at).toBe(new Date(sought).toISOString());
    await expectFiguresOfTheInstant();

    await timeBar(admin).getByRole('button', { name: 'One snapshot back, for everyone' }).focus();
    await admin.keyboard.press('Enter');
    await expect.poll(async () => Date.parse((await replay()).at ?? '')).toBeLessThan(sought);
    await expectFiguresOfTheInstant();

    await timeBar(admin).getByLabel('Speed of the replay').selectOption('15x');
    const back = Date.parse((await replay()).at ?? '');
    await admin.locator('main').focus();
    await admin.keyboard.press('p');
    for (const page of [admin, viewer]) {
      await expect.poll(() => stateOf(page).textContent()).toBe('Replay 15x');
      await expect.poll(() => label(page).textContent()).toMatch(/^Replay 15x, /);
    }
    await expect.poll(async () => Date.parse((await replay()).at ?? '')).toBeGreaterThan(back + 10_000);
    await admin.keyboard.press('[');
    await expect.poll(() => stateOf(viewer).textContent()).toBe('Replay 5x');
    await admin.keyboard.press('p');
    await expect.poll(() => stateOf(viewer).textContent()).toBe('Replay paused');
    await expectFiguresOfTheInstant();
  });

  it('is left for an instant by one page alone, and is found again', async () => {
    await timeBar(viewer).getByRole('button', { name: 'As of this instant, on this page alone' }).click();
    await expect.poll(() => new URL(viewer.url()).searchParams.get('at')).toBe((await replay()).at);
    await timeBar(viewer).getByText('Replay paused: NIFTY').waitFor();
    await expect.poll(() => label(viewer).textContent()).toMatch(/^As of /);
    await timeBar(viewer).getByRole('button', { name: 'REPLAY' }).click();
    await expect.poll(() => stateOf(viewer).textContent()).toBe('Replay paused');
  });

  it('is accessible in both themes, and fits a phone', async () => {
    for (const page of [admin, viewer]) {
      for (const size of [{ width: 1440, height: 900 }, PHONE]) {
        await page.setViewportSize(size);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          await expectAccessible(page);
        }
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(size.width);
      }
      await page.setViewportSize(SIZE);
    }
  });

  it('ends with what is live, where that was asked for', async () => {
    await timeBar(admin).getByRole('button', { name: 'Replay…' }).click();
    const dialog = admin.getByRole('dialog', { name: 'Replay to everyone' });
    // It begins with what is played now.
    expect(await dialog.getByLabel('From').inputValue()).toContain(localTime(range.from).slice(0, 16));
    await dialog.getByLabel('To').fill(localTime(range.from + 2 * MINUTE_MS));
    await dialog.getByLabel('Speed').selectOption('15x');
    await dialog.getByLabel('At the end').selectOption('then live');
    await dialog.getByRole('button', { name: 'Start the replay' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => timeBar(viewer).textContent()).toContain('then live');
    for (const page of [admin, viewer]) {
      await timeBar(page).getByRole('button', { name: 'LIVE', pressed: true }).waitFor();
      await expect.poll(() => label(page).textContent()).toBe('Live');
      const panel = await panelOf(page, 'Option chain');
      await expect
        .poll(async () =>
          Date.parse((await panel.getByText('as of').locator('time').getAttribute('datetime')) ?? ''),
        )
        .toBeGreaterThan(Date.now() - MINUTE_MS);
    }
    expect((await replay()).state).toBe('stopped');
  });

  it('is stopped for everyone from the bar', async () => {
    const { from, to } = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
    await timeBar(admin).getByRole('button', { name: 'Replay…' }).click();
    const dialog = admin.getByRole('dialog', { name: 'Replay to everyone' });
    await dialog.getByLabel('From').fill(localTime(range.from));
    await dialog.getByLabel('To').fill(localTime(range.to));
    await dialog.getByLabel('At the end').selectOption('then again');
    await dialog.getByLabel('Times as if it were now').check();
    await dialog.getByRole('button', { name: 'Start the replay' }).click();
    await expect.poll(() => timeBar(viewer).textContent()).toContain('again and again; times as if now');
    expect(await replay()).toMatchObject({ from, to, loop: true, speed: 1 });
    expect((await replay()).shift_ms).toBeGreaterThan(0);
    // By its recorded time, whatever the times of the figures are.
    await expect.poll(() => shownAt(viewer)).toMatch(new RegExp(`^${from.slice(0, 10)}`));
    await expect.poll(() => label(viewer).textContent()).toMatch(/^Replay 1x, /);
    await timeBar(admin).getByRole('button', { name: 'Stop', exact: true }).click();
    for (const page of [admin, viewer]) await expect.poll(() => label(page).textContent()).toBe('Live');
  });

  it('complains about nothing', () => expect(stand.complaints).toEqual([]));
});
