import { describe, expect, it, vi } from 'vitest';
import { buildOf } from '../../service-worker/build.ts';
import { keepVersions } from './new-version.ts';

const ENTRY = '/assets/index-1.js';

/** A browser's registration, of which a test says what waits and what is being installed. */
async function stand(waitingAtFirst: string | null = null, installingAtFirst: string | null = null) {
  const worker = (entry: string) => Object.assign(new EventTarget(), { entry, postMessage: vi.fn() });
  type Worker = ReturnType<typeof worker>;
  const registration = Object.assign(new EventTarget(), {
    waiting: waitingAtFirst === null ? null : worker(waitingAtFirst),
    installing: installingAtFirst === null ? null : worker(installingAtFirst),
    update: vi.fn(async () => {}),
  });
  const container = Object.assign(new EventTarget(), { register: vi.fn(async () => registration) });
  const reload = vi.fn();
  const onNew = vi.fn();
  const entryOf = async (asked: unknown) => (asked as Worker).entry;
  const versions = await keepVersions({ container, entry: ENTRY, reload, onNew, entryOf });
  return {
    ...{ registration, worker, container, reload, onNew, versions },
    async installs(entry: string) {
      const next = worker(entry);
      registration.installing = next;
      registration.dispatchEvent(new Event('updatefound'));
      registration.waiting = next;
      next.dispatchEvent(new Event('statechange'));
      await vi.waitFor(() => expect(next.postMessage.mock.calls.length + onNew.mock.calls.length).toBe(1));
      return next;
    },
  };
}

describe('versions of the dashboard', () => {
  it('take over by themselves where the page is of that build already, without a reload', async () => {
    const { installs, onNew, reload, container } = await stand();
    expect(container.register).toHaveBeenCalledWith('/sw.js');
    const worker = await installs(ENTRY);
    expect(worker.postMessage).toHaveBeenCalledWith('take over');
    container.dispatchEvent(new Event('controllerchange'));
    expect([onNew.mock.calls, reload.mock.calls]).toEqual([[], []]);
  });

  it('wait until the reader goes to them, and are then loaded once', async () => {
    const { installs, onNew, reload, container } = await stand();
    const worker = await installs('/assets/index-2.js');
    expect(worker.postMessage).not.toHaveBeenCalled();
    container.dispatchEvent(new Event('controllerchange'));
    expect(reload).not.toHaveBeenCalled();
    onNew.mock.calls[0][0]();
    expect(worker.postMessage).toHaveBeenCalledWith('take over');
    for (let i = 0; i < 3; i++) container.dispatchEvent(new Event('controllerchange'));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it('are found where they waited before the page was opened, or another tab went to them', async () => {
    const { registration, onNew, reload } = await stand('/assets/index-2.js');
    await vi.waitFor(() => expect(onNew).toHaveBeenCalledTimes(1));
    registration.waiting = null;
    onNew.mock.calls[0][0]();
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it('are found where they were being installed when the page was opened', async () => {
    const { registration, onNew } = await stand(null, '/assets/index-2.js');
    const next = registration.installing as NonNullable<typeof registration.installing>;
    registration.waiting = next;
    next.dispatchEvent(new Event('statechange'));
    await vi.waitFor(() => expect(onNew).toHaveBeenCalledTimes(1));
  });

  it('are found by looking where the browser did not say so', async () => {
    const { registration, worker, onNew, versions } = await stand();
    registration.waiting = worker('/assets/index-2.js');
    versions.look();
    await vi.waitFor(() => expect(onNew).toHaveBeenCalledTimes(1));
  });

  it('are looked for, also while the server is away', async () => {
    const { registration, versions } = await stand();
    registration.update.mockRejectedValueOnce(new TypeError('away'));
    versions.look();
    expect(registration.update).toHaveBeenCalledTimes(1);
  });
});

it('keeps what the page needs to begin with', () => {
  const html = `<link rel="icon" href="/favicon.svg"><script type="module" crossorigin src="${ENTRY}"></script>
    <link rel="modulepreload" crossorigin href="/assets/react-1.js"><link rel="stylesheet" href="/assets/index-1.css">`;
  const { entry, assets, pages } = buildOf(html);
  expect(entry).toBe(ENTRY);
  expect(assets).toEqual([ENTRY, '/assets/react-1.js', '/assets/index-1.css']);
  expect(pages).toContain('/chain');
  expect(() => buildOf('<p>')).toThrow(/no script/);
});
