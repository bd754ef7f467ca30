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
