import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process, { stderr, stdout } from 'node:process';
import { openPort, serverOf } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { systemClock } from '../../ports/clock.ts';
import type { AuditPlace } from '../../ports/stores/audit/audit-store.ts';
import { readNote } from '../../services/auth/audit/audit-upkeep.ts';
import { type VerificationView, verificationView } from '../../services/auth/audit/audit-view.ts';
import { verifyTrail } from '../../services/auth/audit/verify-trail.ts';
import { deriveSecrets } from '../../services/auth/secrets/derived-secrets.ts';
import { loadKeyRing } from '../../services/auth/secrets/key-file.ts';
import { auditNoteFile, authConfig } from '../../services/auth/settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { createPlatformClient } from '../ask-platform.ts';
import { createProgressBar } from '../progress-bar.ts';

export interface VerifyFlags {
  readonly from?: number;
  readonly known: readonly AuditPlace[];
  readonly format: 'text' | 'json';
  readonly server?: string;
  readonly token?: string;
}

/** Exit code of what was done, and found an event that is not as it was written. */
const BROKEN = 2;
const RANGE = 10_000; // Events of a request, the most that the route takes.

/** Checks one range after another. */
type Check = (from: number | undefined) => Promise<VerificationView>;

interface Found extends VerificationView {
  /** Whether the events were checked with the key of the server, too. */
  readonly key_checked: boolean;
}

/** Prints whether the trail of security events is as it was written; the exit code is 2 when it is not. */
export async function verifyAudit(settings: Settings, flags: VerifyFlags): Promise<void> {
  const found =
    flags.server === undefined ? await verifyHere(settings, flags) : await verifyThere(flags.server, flags);
  stdout.write(flags.format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : textOf(found));
  if (!found.intact) process.exitCode = BROKEN;
}

async function verifyThere(server: string, { from, token, known }: VerifyFlags): Promise<Found> {
  if (known.length > 0) {
    throw new DeltaStreamError(
      'invalid_setting',
      '--known: is for a store of the settings; leave --server out',
    );
  }
  const platform = createPlatformClient(server, token);
  const found = await verifyRanges(from, async (first) => {
    const range = new URLSearchParams({
      limit: String(RANGE),
      ...(first !== undefined && { from: String(first) }),
    });
    const response = await platform.get<VerificationView>(`/api/admin/audit/verify?${range}`);
    if (response === null)
      throw new DeltaStreamError('unavailable', `${server} has no trail of security events`);
    return response;
  });
  return { ...found, key_checked: true };
}

async function verifyHere(settings: Settings, { from, known }: VerifyFlags): Promise<Found> {
  const config = authConfig(settings);
  // Opening would make what is not there.
  if (serverOf(settings.users) === null && !existsSync(join(settings.data, 'users.db'))) {
    throw new DeltaStreamError(
      'not_found',
      `${settings.data} has no accounts: name the data folder of the platform by --data`,
    );
  }
  const key = existsSync(config.keyFile)
    ? deriveSecrets((await loadKeyRing(config.keyFile, systemClock.now())).secret).audit
    : null;
  const places = [...known, ...(await readNote(auditNoteFile(config)))];
  const store = await openPort('users', settings);
  try {
    const found = await verifyRanges(from, async (first) =>
      verificationView(await verifyTrail({ store, key, from: first, limit: RANGE, known: places })),
    );
    return { ...found, key_checked: key !== null };
  } finally {
    await store.close();
  }
}

/** The ranges as one. */
async function verifyRanges(from: number | undefined, check: Check): Promise<VerificationView> {
  const bar = createProgressBar(stderr);
  try {
    let found = await check(from);
    while (found.next_from !== null) {
      const { first_seq, checked, newest_seq, last_seq } = found;
      bar.update(
        Math.min(1, (last_seq ?? 0) / Math.max(1, newest_seq)),
        `${last_seq} of ${newest_seq} events`,
      );
      const next = await check(found.next_from);
      found = {
        ...next,
        first_seq: first_seq ?? next.first_seq,
        last_seq: next.last_seq ?? last_seq,
        checked: checked + next.checked,
      };
    }
    return found;
  } finally {
    bar.stop();
  }
}

function textOf(found: Found): string {
  const { checked, first_seq, last_seq, removed_through, newest_seq, newest_hash, broken, key_checked } =
    found;
  const range = checked === 0 ? '' : `, numbers ${first_seq} to ${last_seq}`;
  const lines = [`${checked} security events are as they were written${range}`];
  if (removed_through !== null)
    lines.push(`Up to ${removed_through} they were removed because of their age or number`);
  if (!key_checked)
    lines.push(
      'Without the key file: only their hashes were checked, which who writes to the store can compute',
    );
  if (broken === null)
    lines.push(newest_hash === null ? 'There are none yet' : `The newest is ${newest_seq}:${newest_hash}`);
  else {
    const { seq, reason, event, timestamp } = broken;
    lines.push(`Broken at ${seq}${event === null ? '' : ` (${event} at ${timestamp})`}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}
