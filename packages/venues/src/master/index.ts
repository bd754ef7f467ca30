export {
  asKnownAt,
  contractsAt,
  type InstrumentMaster,
  type KnownContract,
  newestList,
  type Terms,
  withList,
} from './instrument-master.ts';
