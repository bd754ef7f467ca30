import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Marks a device at a login, and knows it again at the next one. */
export interface KnownDevices {
  mark(account: string, nowMs: number): string;
  /** What names the device in limits, or null for a mark that is foreign, forged or too old. */
  recognise(mark: string | null, account: string, nowMs: number): string | null;
}

/** A device in use is marked anew at each login; one that is not is unknown after half a year. */
export const DEVICE_MARK_SECONDS = 180 * 24 * 3600;
const MARK = /^([\w-]{22})\.(\d{1,12})\.([\w-]{43})$/;

/**
 * A mark is `nonce.seconds.MAC` for one account. It proves an earlier login and is no credential: all it
 * gains is a limit of its own, so nothing is stored.
 */
export function createKnownDevices(key: Buffer): KnownDevices {
  const macOf = (account: string, nonce: string, seconds: string) =>
    createHmac('sha256', key).update(`${nonce}.${seconds}.${account}`).digest('base64url');
  return {
    mark(account, nowMs) {
      const nonce = randomBytes(16).toString('base64url');
      const seconds = String(Math.floor(nowMs / 1000));
      return `${nonce}.${seconds}.${macOf(account, nonce, seconds)}`;
    },
    recognise(mark, account, nowMs) {
      const [, nonce, seconds, mac] = MARK.exec(mark ?? '') ?? [];
      if (nonce === undefined || Number(seconds) + DEVICE_MARK_SECONDS <= nowMs / 1000) return null;
      return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(account, nonce, seconds))) ? nonce : null;
    },
  };
}
