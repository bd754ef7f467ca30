/** What whoever turns this source on agrees to, in our words. */
export const CBOE_TERMS = [
  "Cboe's delayed quotes are published for its own website. Its terms license the data for personal, non-commercial use,",
  'and bar automated extraction and redistribution. There is no key and no service level, and access may be refused.',
  'Read the terms at https://www.cboe.com/terms before turning this source on; do not publish what it gives.',
].join('\n');

/** The source was asked for without an agreement to its terms, which the message says. */
export class TermsNotAccepted extends Error {
  constructor() {
    super(`The source cboe is off until its terms are accepted.\n${CBOE_TERMS}`);
    this.name = 'TermsNotAccepted';
  }
}
