import { stdout } from 'node:process';
import { DeltaStreamError } from '../../kit/errors.ts';
import { findingsTable } from '../../kit/health/finding.ts';
import type { Settings } from '../../settings/compose.ts';
import { examine } from '../../stored-data/examine.ts';

/** Prints what was found. Throws `checks_failed` when something that is needed is not there. */
export async function doctor(settings: Settings, complete: boolean): Promise<void> {
  const findings = await examine(settings, complete);
  stdout.write(findingsTable(findings));
  const failed = findings.filter(({ ok }) => !ok);
  if (failed.length === 0) return;
  const names = failed.map(({ part, check }) => `${part} (${check})`).join(', ');
  throw new DeltaStreamError(
    'checks_failed',
    `${failed.length} of ${findings.length} checks failed: ${names}`,
  );
}
