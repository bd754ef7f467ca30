import { PassThrough, type Readable } from 'node:stream';

/** Responses of services that have no end of their own, such as server-sent events. */
export interface EventStreams {
  /** What the caller reads instead of the body. */
  add(body: Readable): Readable;
  /** Ends each, so that a server that closes need not cut them. What was sent of an event that is not complete is void. */
  end(): void;
}

export function createEventStreams(): EventStreams {
  const open = new Map<PassThrough, Readable>();
  return {
    add(body) {
      const passed = new PassThrough();
      open.set(passed, body);
      body.once('error', (error) => passed.destroy(error));
      passed.once('close', () => {
        open.delete(passed);
        body.destroy();
      });
      return body.pipe(passed);
    },
    end() {
      for (const [passed, body] of open) {
        body.unpipe(passed);
        passed.end();
      }
    },
  };
}
