import { saidBy } from './server-errors.ts';

export interface OutageSettings {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** Whether a server is away. While it is, operations are refused at once, and one probe at a time looks for it. */
export interface Outage {
  begin(reason: string): void;
  /** The latest reason and since when; null while the server is there, as far as is known. */
  problem(): string | null;
  /** Looks no more. */
  close(): void;
}

/** @param probe rejects while the server is away */
export function createOutage(
  probe: () => Promise<void>,
  settings: OutageSettings,
  log: (message: string, details: { back: boolean; reason?: string }) => void,
): Outage {
  let away: { readonly since: Date; reason: string } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = (waitMs: number) => {
    timer = setTimeout(async () => {
      try {
        await probe();
        away = null;
        log('the server is back', { back: true });
      } catch (error) {
        if (away !== null) away.reason = saidBy(error);
        if (!closed) look(Math.min(2 * waitMs, settings.retryMaxMs));
      }
    }, waitMs);
  };

  return {
    begin(reason) {
      if (away !== null || closed) return;
      away = { since: new Date(), reason };
      log('the server is away', { back: false, reason });
      look(settings.retryMinMs);
    },
    problem: () => away && `away since ${away.since.toISOString()}: ${away.reason}`,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
