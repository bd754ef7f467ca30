import { calendarSpans } from '@deltastream/reference';
import { openPort } from '../adapters.ts';
import { reasonOf } from '../kit/errors.ts';
import { examineFolder } from '../kit/health/examine-folder.ts';
import type { Finding } from '../kit/health/finding.ts';
import { endingCalendars } from '../launch/calendar-notice.ts';
import type { Settings } from '../settings/compose.ts';
import { isShared } from '../settings/places.ts';
import { masked } from '../settings/read.ts';
import { useReferenceFile } from '../settings/reference-file.ts';
import { type DatabaseUse, databaseUses, dataFiles, storedDatabase } from './stored-data.ts';

/**
 * Examines everything that the settings depend on outside this process, and inside every file of the data
 * folder; `complete`: every row of them.
 */
export async function examine(settings: Settings, complete = false): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const use of ['bus', 'queue', 'cache'] as const) {
    if (isShared(settings[use])) {
      const { examineRedis } = await import('../adapters/redis/examine.ts');
      findings.push(...(await examineRedis(use, settings[use])));
    } else {
      findings.push({
        part: use,
        check: 'reachable',
        ok: true,
        detail: 'in memory of each process; not shared',
      });
    }
  }
  return [
    ...findings,
    await examineCalendars(settings),
    ...(await Promise.all(databaseUses(settings).map((use) => examineServer(use, settings)))),
    ...examineFolder(settings.data),
    ...(await examineFiles(settings, complete)),
  ];
}

/** Until when holidays are known; what ends soon is named with the remedy, and is no fault. */
async function examineCalendars({ reference, calendarNoticeDays }: Settings): Promise<Finding> {
  const finding = { part: 'reference', check: 'calendars' };
  try {
    const restore = await useReferenceFile(reference);
    const ending = endingCalendars(Date.now(), calendarNoticeDays);
    const covered = calendarSpans().map(({ exchanges, to }) => `${exchanges.join(', ')} to ${to}`);
    restore();
    return { ...finding, ok: true, detail: ending.join('; ') || `known: ${covered.join('; ')}` };
  } catch (error) {
    return { ...finding, ok: false, detail: reasonOf(error) };
  }
}

/** Every database of a data folder, whatever datasets are in it. */
async function examineFiles(settings: Settings, complete: boolean): Promise<Finding[]> {
  const { examineMarketFiles } = await import('../adapters/sqlite/market-store/files/examine-files.ts');
  const { examineDatabase } = await import('../adapters/sqlite/examine-database.ts');
  const { files, markets } = dataFiles(settings.data);
  const examination = { complete, busyTimeoutMs: settings.sqliteBusyTimeoutMs };
  const others = files.filter(({ store }) => !store.includes('/'));
  return [
    ...others.map(({ file, schema }) => examineDatabase(file, schema)),
    ...markets.flatMap((each) => examineMarketFiles(each, examination)),
  ];
}

/** A database that the settings name: its version, and then, where nothing would be changed, opened as by its service. */
async function examineServer(use: DatabaseUse, settings: Settings): Promise<Finding> {
  const finding = { part: use.part, check: 'reachable' };
  const begun = performance.now();
  try {
    const { refusal, steps } = await storedDatabase(use);
    if (refusal !== null) return { ...finding, check: 'version', ok: false, detail: refusal };
    if (steps.length === 0) await (await openPort(use.port, settings)).close();
    const outstanding = steps.length > 0 ? `; ${steps.length} steps run at the next start` : '';
    const detail = `${masked(use.url)} opened in ${Math.round(performance.now() - begun)} ms${outstanding}`;
    return { ...finding, ok: true, detail };
  } catch (error) {
    return { ...finding, ok: false, detail: `${masked(use.url)}: ${reasonOf(error)}` };
  }
}
