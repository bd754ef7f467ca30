/** What is needed of a service worker that waits to take the place of the one before. */
type Waiting = Pick<ServiceWorker, 'postMessage'>;

interface Registration extends EventTarget {
  readonly waiting: Waiting | null;
  readonly installing: (EventTarget & Waiting) | null;
  update(): Promise<unknown>;
}

interface Container extends EventTarget {
  register(address: string): Promise<Registration>;
}

interface Parts {
  readonly container: Container;
  /** The script of this page. */
  readonly entry: string;
  readonly reload: () => void;
  /** Called with what goes to the new version, once there is one. */
  readonly onNew: (goToIt: () => void) => void;
  /** Asks a worker which build it is. */
  readonly entryOf?: (worker: Waiting) => Promise<string>;
}

/** How to look for a newer version. */
export interface Versions {
  look(): void;
}

const ADDRESS = '/sw.js';

/**
 * Keeps the page for when its server is away, and finds newer versions. A worker of this page's own build takes over
 * by itself; one of another build waits until the reader goes to it, as the parts of this page that are not loaded yet
 * are those of its own build. Nothing is reloaded without being asked for.
 */
export async function keepVersions(parts: Parts): Promise<Versions> {
  const { container, entry, reload, onNew, entryOf = askEntry } = parts;
  const registration = await container.register(ADDRESS);

  async function examine(): Promise<void> {
    const { waiting } = registration;
    if (waiting === null) return;
    if ((await entryOf(waiting)) === entry) waiting.postMessage('take over');
    else onNew(goToIt);
  }
  function goToIt(): void {
    // Another tab may have gone to it already.
    if (registration.waiting === null) {
      reload();
      return;
    }
    container.addEventListener('controllerchange', reload, { once: true });
    registration.waiting.postMessage('take over');
  }

  const changed = () => void examine();
  const follow = () => registration.installing?.addEventListener('statechange', changed);
  registration.addEventListener('updatefound', follow);
  // One may have been found before this page listened.
  follow();
  changed();
  return {
    look() {
      changed();
      void registration.update().catch(() => {});
    },
  };
}

function askEntry(worker: Waiting): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      resolve(data);
      port1.close();
    };
    worker.postMessage('entry', [port2]);
  });
}
