import { hkdfSync } from 'node:crypto';

/** One key for each purpose, so that what is made for one is worth nothing for another. */
export interface DerivedSecrets {
  /** Keys the HMAC in front of password hashes. */
  readonly password: Buffer;
  /** Keys the successors of refresh tokens. */
  readonly refresh: Buffer;
  /** Seals the secrets of second factors in the store. */
  readonly secondFactor: Buffer;
  /** Marks devices that have logged in before. */
  readonly device: Buffer;
  /** Seals logins that are under way at an external provider. */
  readonly flow: Buffer;
  /** Confirms the trail of security events, so that who can write to the store cannot write it anew. */
  readonly audit: Buffer;
}

export function deriveSecrets(secret: Buffer): DerivedSecrets {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `deltastream auth: ${purpose}`, 32));
  return {
    password: derive('password'),
    refresh: derive('refresh'),
    secondFactor: derive('second factor'),
    device: derive('device'),
    flow: derive('flow'),
    audit: derive('audit'),
  };
}
