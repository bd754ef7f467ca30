export { CBOE_TERMS, TermsNotAccepted } from './terms.ts';
export { type CboeConfig, createCboeVenue } from './venue.ts';
