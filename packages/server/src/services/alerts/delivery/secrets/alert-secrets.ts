import { hkdfSync, randomBytes } from 'node:crypto';
import type { ChannelKind } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../../kit/errors.ts';
import { createSealedBox, type SealedBox } from '../../../../kit/secrets/sealed-box.ts';
import { claimSecretFile, readSecretFile } from '../../../../kit/secrets/secret-file.ts';
import type { AlertChannel } from '../../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../../ports/stores/alerts/alert-store.ts';
import type { StoredTarget, TargetOf } from '../senders/sender.ts';
import { VAPID_SEED_BYTES, type VapidKey, vapidKeyOf } from '../senders/web-push/vapid.ts';

/** What is derived from the one secret of the alerts services. */
export interface AlertSecrets {
  /** Seals targets of channels in the store. */
  readonly targets: SealedBox;
  /** Signs requests to push services. */
  readonly vapid: VapidKey;
}

const SECRET_BYTES = 32; // The key length of AES-256.

export interface AlertSecretsOptions {
  /** The secret in base64url, where the operator gives it. */
  readonly secret: string | undefined;
  /** Else it is in this file, made at the first start. */
  readonly file: string;
  readonly store: Pick<AlertStore, 'keep'>;
}

/**
 * Rejects with `invalid_setting` naming the setting or file when it cannot be read, or when it is another secret than the
 * one by which targets in the store were sealed: they could not be sent to.
 */
export async function openAlertSecrets({ secret, file, store }: AlertSecretsOptions): Promise<AlertSecrets> {
  const source = secret === undefined ? file : '--alert-secret';
  const bytes = secret === undefined ? await secretOfFile(file) : Buffer.from(secret, 'base64url');
  const derive = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', bytes, '', `deltastream alerts: ${purpose}`, length));
  const targets = createSealedBox(derive('targets', SECRET_BYTES));
  const mark = await store.keep(MARK, targets.seal(MARK, MARK));
  if (targets.open(mark, MARK) !== MARK) {
    throw new DeltaStreamError(
      'invalid_setting',
      `${source}: is not the secret by which the channels in the store were sealed; use that one, the same in every alerts service`,
    );
  }
  return { targets, vapid: vapidKeyOf(derive('web push', VAPID_SEED_BYTES)) };
}

/** Sealed and kept in the store, to tell one secret from another. */
const MARK = 'secret of channels';

async function secretOfFile(file: string): Promise<Buffer> {
  try {
    const text =
      (await readSecretFile(file)) ?? (await claimSecretFile(file, textOf(randomBytes(SECRET_BYTES))));
    return secretIn(text);
  } catch (error) {
    throw new DeltaStreamError('invalid_setting', `${file}: ${reasonOf(error)}`, { cause: error });
  }
}

const textOf = (secret: Buffer): string =>
  `${JSON.stringify({ version: 1, secret: secret.toString('base64url') })}\n`;

function secretIn(text: string): Buffer {
  try {
    const { version, secret } = JSON.parse(text) as { version?: unknown; secret?: unknown };
    if (version === 1 && typeof secret === 'string' && /^[A-Za-z0-9_-]{43}$/.test(secret)) {
      return Buffer.from(secret, 'base64url');
    }
  } catch {
    // The cause may quote the file, which is a secret.
  }
  throw new Error(
    'holds no secret of alerts; put back the file of a backup, or move it away with all channels',
  );
}

/** A sealed target opens for its own channel only. */
const contextOf = ({ id, owner }: Pick<AlertChannel, 'id' | 'owner'>): string => `channel ${owner} ${id}`;

export const sealTarget = (
  box: SealedBox,
  channel: Pick<AlertChannel, 'id' | 'owner'>,
  target: StoredTarget,
): string => box.seal(JSON.stringify(target), contextOf(channel));

/** Throws `internal` where the store was changed by somebody else. */
export function openTarget(box: SealedBox, channel: AlertChannel): TargetOf<ChannelKind> {
  const opened = box.open(channel.sealedTarget, contextOf(channel));
  if (opened === null) {
    throw new DeltaStreamError('internal', `the target of channel ${channel.id} cannot be opened`);
  }
  return JSON.parse(opened) as TargetOf<ChannelKind>;
}
