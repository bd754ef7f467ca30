import { domainToASCII } from 'node:url';
import { DeltaStreamError } from '../../../kit/errors.ts';

const MAX_LENGTH = 254; // RFC 5321.
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const MAX_LOCAL_BYTES = 64; // RFC 5321.
/** Before conversion: `domainToASCII` would cut a path or a port off and decode percent signs. */
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.-]+$/u;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The one form in which an address is compared and stored: trimmed, NFKC, lower case, the domain in
 * ASCII (IDNA). Applying it twice changes nothing. Quoted local parts and address literals are refused.
 * Throws `invalid_request`.
 */
export function normaliseEmail(raw: string): string {
  const text = raw.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = DOMAIN_CHARACTERS.test(text.slice(at + 1)) ? domainToASCII(text.slice(at + 1)) : '';
  const email = `${local}@${domain}`;
  const wellFormed =
    at > 0 && LOCAL_PART.test(local) && Buffer.byteLength(local) <= MAX_LOCAL_BYTES && DOMAIN.test(domain);
  if (!wellFormed || email.length > MAX_LENGTH) {
    throw new DeltaStreamError('invalid_request', 'email: must be an e-mail address');
  }
  return email;
}
