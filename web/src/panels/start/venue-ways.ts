/** How to follow a venue: what it takes, what its data may be used for, and the flags of the start. */
export interface VenueWay {
  readonly venue: string;
  readonly needs: string;
  readonly terms: string;
  readonly flags: string;
}

/** Of an exchange that needs no key. */
export const EXCHANGE_WAY: VenueWay = {
  venue: 'deribit',
  needs: 'It needs no key and no account, and a connection to www.deribit.com.',
  terms:
    'Deribit’s terms of service allow personal use of its market data; anything else takes its approval.',
  flags: '--source deribit',
};

/** Of brokers. Keys are read from files, so that no list of processes shows them. */
export const BROKER_WAYS: readonly VenueWay[] = [
  {
    venue: 'kite',
    needs:
      'It needs a Kite Connect subscription with live data: its API key in one file, the access token in another. Kite ends the token each morning; a new one in its file is found without a restart.',
    terms: 'For the subscriber alone; giving data on to others takes the consent of the exchanges.',
    flags: '--source kite --kite-api-key-file KEY_FILE --kite-token-path TOKEN_FILE',
  },
  {
    venue: 'upstox',
    needs:
      'It needs an account with a token in a file: the Analytics Token, which lasts a year, or that of a trading day.',
    terms: 'Free of charge with an account; for one’s own use.',
    flags: '--source upstox --upstox-token-path TOKEN_FILE',
  },
  {
    venue: 'dhan',
    needs:
      'It needs a subscription of Dhan’s Data APIs: the client id in one file, the access token of the day in another.',
    terms: 'Those of the subscription.',
    flags: '--source dhan --dhan-client-id-file ID_FILE --dhan-token-path TOKEN_FILE',
  },
];

/** Where OpenAlgo is by default: beside the platform. */
export const OPENALGO_ADDRESS = 'http://127.0.0.1:5000';

/** As `--openalgo-url` takes it, of nothing that a shell reads as more than text. */
const OPENALGO_PATTERN = /^https?:\/\/[A-Za-z0-9.:[\]_-]+\/?$/;

export const isOpenAlgoAddress = (address: string): boolean =>
  OPENALGO_PATTERN.test(address) && URL.canParse(address);

/** Of brokers through the OpenAlgo at an address. */
export const openAlgoWay = (address: string): VenueWay => ({
  venue: 'openalgo',
  needs:
    'It needs an OpenAlgo that runs and is logged in to its broker, and the API key that it shows, in a file. Its WebSocket is found beside it.',
  terms: 'Those of the broker: as a rule for one’s own use.',
  flags: `--source openalgo --openalgo-url ${address} --openalgo-api-key-file KEY_FILE`,
});

/** Of Cboe's delayed quotes; it stays off until a setting says that its terms are accepted. */
export const CBOE_WAY: VenueWay = {
  venue: 'cboe',
  needs:
    'It needs no key and no account, and a connection to cdn.cboe.com. A page comes once a minute and is a quarter of an hour late; every figure of it says so.',
  terms:
    'Cboe publishes these quotes for its own website. They are licensed for personal, non-commercial use; automated extraction and redistribution are barred, and access may be refused.',
  flags: '--source cboe --cboe-terms-accepted',
};

export const CBOE_TERMS_ADDRESS = 'https://www.cboe.com/terms';
