import { LOG_LEVELS } from '@deltastream/contracts';
import { eachLine, parseLogLine } from '../../../ports/stores/logs/log-line.ts';
import type { LineRules, LogEntry, LoggedLines, LogStore } from '../../../ports/stores/logs/log-store.ts';
import type { LogAlerts } from '../alerts/log-alerts.ts';
import type { Shipper } from '../ship/shipper.ts';
import type { LogTail } from '../tail/log-tail.ts';

/** Who is told of entries. */
export interface LogWatchers {
  readonly tail: Pick<LogTail, 'publish' | 'readers'>;
  readonly alerts: Pick<LogAlerts, 'publish' | 'isWatching'> | null;
  readonly shipper: Pick<Shipper, 'ship'> | null;
}

/**
 * The store, of which every way to it is one to those who watch it; lines are read here for them alone.
 *
 * Entries are in the spools of targets before they are stored: what is found in the store after a kill is shipped, whenever
 * that was. So an entry that was about to be stored may be shipped without it, or twice where its sender sends it again. While
 * the store is known to fail it is asked first: who tries again and again shall not fill the spools.
 */
export function watchedStore(store: LogStore, watchers: () => LogWatchers): LogStore {
  /** What was shipped and could not be stored: it is tried again as the same. */
  const shipped = new WeakSet<object>();
  const appended = async (
    batch: object,
    read: () => readonly LogEntry[],
    append: () => Promise<void>,
  ): Promise<void> => {
    const { tail, alerts, shipper } = watchers();
    let entries: readonly LogEntry[] | null = null;
    const ship = async () => {
      if (shipper === null || shipped.has(batch)) return;
      entries ??= read();
      await shipper.ship(entries);
      shipped.add(batch);
    };
    if (store.problem() === null) await ship();
    await append();
    await ship();
    // Looked at now: somebody may have begun to watch meanwhile.
    if (tail.readers() === 0 && alerts?.isWatching() !== true) return;
    entries ??= read();
    tail.publish(entries);
    alerts?.publish(entries);
  };

  return {
    ...store,
    append: (entries) =>
      appended(
        entries,
        () => entries,
        () => store.append(entries),
      ),
    appendLines: (lines, rules) =>
      appended(
        lines,
        () => parsed(lines, rules),
        () => store.appendLines(lines, rules),
      ),
  };
}

const parsed = (lines: readonly LoggedLines[], rules: LineRules): LogEntry[] =>
  eachLine(lines).map((line) => parseLogLine(line, rules, LOG_LEVELS));
