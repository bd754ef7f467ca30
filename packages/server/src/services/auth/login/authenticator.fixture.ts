import type { Clock } from '../../../ports/clock.ts';
import { stepAt, totpCode } from './totp.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator that has scanned the QR code: its code now, or some steps from now. */
export function authenticatorOf(otpauthUrl: string, clock: Clock): (offsetSteps?: number) => string {
  const letters = [...(new URL(otpauthUrl).searchParams.get('secret') ?? '')];
  const bits = letters.map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  return (offsetSteps = 0) => totpCode(secret, stepAt(clock.now()) + offsetSteps);
}
