export {
  type CboeSimulator,
  type CboeSimulatorOptions,
  createCboeSimulator,
} from './simulator/cboe-simulator.ts';
export { cboeId } from './simulator/page-text.ts';
export { CBOE_TERMS, TermsNotAccepted } from './terms.ts';
export { type CboeConfig, createCboeVenue } from './venue.ts';
