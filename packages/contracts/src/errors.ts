/**
 * The one catalogue of errors. `status` is the HTTP status of the problem document, `title` is stable
 * for the code, and `remedy` says what the caller can do.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    title: 'The request does not fit its schema',
    remedy: 'Correct the named field and send it again.',
  },
  invalid_condition: {
    status: 400,
    title: 'The condition of an alert cannot be understood',
    remedy:
      'Correct it where the detail points; docs/figures.md lists the names of figures, docs/alerts.md the functions.',
  },
  weak_password: {
    status: 400,
    title: 'The password is too easy to guess',
    remedy: 'Choose a longer one; several unrelated words are good.',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid credentials were sent',
    remedy: 'Log in and send the token as "Authorization: Bearer".',
  },
  invalid_credentials: {
    status: 401,
    title: 'Email or password is wrong',
    remedy: 'Check both and try again.',
  },
  invalid_token: {
    status: 401,
    title: 'The token is malformed, expired or revoked',
    remedy: 'Refresh the session or log in again.',
  },
  second_factor_required: {
    status: 401,
    title: 'The account asks for a second factor',
    remedy: 'Send the same request with "code": a code of the authenticator, or a recovery code.',
  },
  invalid_code: {
    status: 401,
    title: 'The second-factor code is wrong or was used before',
    remedy: 'Wait for the next code of the authenticator and send that.',
  },
  login_too_old: {
    status: 401,
    title: 'The login is too long ago for this',
    remedy: 'Log in again and repeat the request at once.',
  },
  forbidden: {
    status: 403,
    title: 'The account may not do this',
    remedy: 'Ask an administrator for the role that the route names.',
  },
  account_disabled: {
    status: 403,
    title: 'The account is disabled',
    remedy: 'Ask an administrator to enable it.',
  },
  registration_closed: {
    status: 403,
    title: 'Accounts are made by the operator only',
    remedy: 'Ask the operator to run "deltastream user create".',
  },
  origin_not_allowed: {
    status: 403,
    title: 'Pages of this origin may not connect',
    remedy:
      'Open the page at the host it connects to, or have the operator name its origin in --cors-origins.',
  },
  not_found: {
    status: 404,
    title: 'There is no such resource',
    remedy: 'Check the path; /api/docs lists every route.',
  },
  unknown_product: {
    status: 404,
    title: 'The product is not known',
    remedy: 'GET /api/data/products lists the known ones.',
  },
  unknown_contract: {
    status: 404,
    title: 'The chain does not list such a contract',
    remedy: 'GET /api/data/chain/:product lists the strikes of its calls and puts.',
  },
  unknown_expiry: {
    status: 404,
    title: 'The product has no such expiry',
    remedy: 'GET /api/data/expiries/:product lists its expiries.',
  },
  no_data: {
    status: 404,
    title: 'Nothing is stored for this time',
    remedy:
      'Ask for a time at which there is data, or for a wider range; GET /api/data/expiries/:product lists first and last times.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The resource does not know this method',
    remedy: 'Use one of the methods that the Allow header names.',
  },
  not_acceptable: {
    status: 406,
    title: 'The resource cannot be had in this media type',
    remedy: 'Accept application/json, or text/csv where it is a table.',
  },
  request_too_slow: {
    status: 408,
    title: 'The request did not arrive in time',
    remedy: 'Send it again on a new connection.',
  },
  email_taken: {
    status: 409,
    title: 'An account with this email exists',
    remedy: 'Log in, or register another email.',
  },
  identity_taken: {
    status: 409,
    title: 'The external identity belongs to an account already',
    remedy: 'Log in with it, or link another.',
  },
  second_factor_active: {
    status: 409,
    title: 'The account has a second factor',
    remedy: 'Remove it first.',
  },
  no_second_factor: {
    status: 409,
    title: 'The account has no second factor to do this with',
    remedy: 'Begin with POST /api/auth/second-factor/begin.',
  },
  last_admin: {
    status: 409,
    title: 'No administrator would be left',
    remedy: 'Make another account an administrator first.',
  },
  limit_reached: {
    status: 409,
    title: 'The account has as many of these as it may',
    remedy: 'Remove one that is no longer needed.',
  },
  version_conflict: {
    status: 409,
    title: 'Another version is stored than the one that was read',
    remedy: 'Read it again, repeat the change on what is there now, and send it with that version.',
  },
  ingest_refused: {
    status: 409,
    title: 'This platform takes no data from outside',
    remedy:
      'Send it to one that generates none: started with --source none, or with another --dataset than its own market.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    remedy: 'Send less than the limit named in the detail.',
  },
  uri_too_long: {
    status: 414,
    title: 'The address is too long',
    remedy: 'Shorten what the path names.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type is not supported',
    remedy: 'Send application/json, without a content encoding.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for the seconds named in Retry-After.',
  },
  host_not_allowed: {
    status: 421,
    title: 'The platform is not known by this host name',
    remedy:
      'Use localhost or the address it listens on, or have the operator name the host in --allowed-hosts.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request line and headers are too large',
    remedy: 'Send fewer or shorter headers; 16 KiB is the limit.',
  },
  internal: {
    status: 500,
    title: 'Something failed inside',
    remedy: 'Report the request id to the operator.',
  },
  unavailable: {
    status: 503,
    title: 'A part this request needs is not available',
    remedy: 'Try again after the seconds named in Retry-After.',
  },
  timeout: { status: 504, title: 'The response took too long', remedy: 'Ask for less, or try again.' },

  unknown_room: {
    status: 400,
    title: 'There is no such room',
    remedy: 'Ask get_products for the known symbols; a room is a type and one of them.',
  },
  not_subscribed: { status: 400, title: 'The client is not in this room', remedy: 'Subscribe first.' },
  too_many_subscriptions: {
    status: 429,
    title: 'The client is in too many rooms',
    remedy: 'Unsubscribe from some.',
  },

  too_many_connections: {
    status: 429,
    title: 'The user or address has too many connections',
    remedy: 'Close some, or follow more rooms on one.',
  },

  malformed_message: {
    status: 422,
    title: 'A message on the bus is malformed',
    remedy: 'Correct its producer; the message is in the dead-letter list.',
  },
  malformed_record: {
    status: 422,
    title: 'A record of a source is malformed',
    remedy: 'Correct the named line of the file.',
  },
  unreadable_source: {
    status: 422,
    title: 'A source cannot be read',
    remedy: 'Check that the file is complete and of a supported format.',
  },
  recording_too_large: {
    status: 422,
    title: 'A recording, or a part of it, is beyond a bound',
    remedy: 'Raise the named setting if you trust where the recording comes from.',
  },
  replay_incomplete: {
    status: 500,
    title: 'Messages of a replay failed for good',
    remedy:
      'See the reasons; mend what they name and replay the recording again, which changes nothing else.',
  },
  retries_exhausted: {
    status: 500,
    title: 'A job failed at every try',
    remedy: 'See the reason; replay it from the dead-letter list.',
  },

  invalid_setting: {
    status: 500,
    title: 'A setting is not valid',
    remedy: 'Correct the named setting; --help-all lists them.',
  },
  backup_failed: {
    status: 500,
    title: 'No backup was made',
    remedy: 'Mend what the reason names and run it again; the backups before are as they were.',
  },
  unusable_backup: {
    status: 500,
    title: 'The backup cannot be used',
    remedy: 'Name the folder of a complete backup; "deltastream verify DIR" says what is wrong with one.',
  },
  data_folder_not_empty: {
    status: 500,
    title: 'The data folder holds data already',
    remedy: 'Choose another with --data, or say --replace: what is there is moved aside.',
  },
  checks_failed: {
    status: 500,
    title: 'Something was found that is not as it should be',
    remedy: 'See the detail of each check that failed: it says what to do.',
  },
  port_in_use: {
    status: 500,
    title: 'The port is in use',
    remedy: 'Stop the other process, or choose another port with --port; 0 takes a free one.',
  },
  data_folder_unusable: {
    status: 500,
    title: 'The data folder cannot be used',
    remedy: 'Mend what the reason names, or choose another folder with --data.',
  },
  newer_release: {
    status: 500,
    title: 'Stored data is of a newer release',
    remedy:
      'Run that release or a later one, or restore a backup from before its upgrade; nothing was changed.',
  },
  data_folder_in_use: {
    status: 500,
    title: 'Another process uses the data folder',
    remedy: 'Stop it, or choose another folder with --data.',
  },
  storage_group_taken: {
    status: 500,
    title: 'Another store takes what this bus carries',
    remedy: 'Use its store, or another bus; or take over for good with --take-over-storage.',
  },
  stored_data_damaged: {
    status: 500,
    title: 'Stored data is damaged',
    remedy:
      'Tell the operator: import the recordings of the named time again, or restore what is named from a backup.',
  },
  store_failed: {
    status: 503,
    title: 'The store could not complete an operation',
    remedy:
      'Try again. If it goes on, the operator mends what the reason names: room and permissions of the data folder, or connection, credentials and rights at the database server.',
  },
  stopped: { status: 503, title: 'The part is stopping', remedy: 'Try again when it is back.' },
} as const;

export type ErrorCode = keyof typeof ERRORS;
