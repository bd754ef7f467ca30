import { DeltaStreamError } from '../../../kit/errors.ts';
import { elasticProtocol } from './protocols/elastic.ts';
import { lokiProtocol } from './protocols/loki.ts';
import { otlpProtocol } from './protocols/otlp.ts';
import type { ShipProtocol } from './protocols/protocol.ts';
import type { ShipSettings } from './ship-settings.ts';

export type ProtocolName = 'loki' | 'elastic' | 'otlp';

/** Somewhere entries are shipped to. */
export interface ShipTarget {
  readonly name: string;
  readonly protocolName: ProtocolName;
  readonly protocol: ShipProtocol;
  /** Without a `/` at its end. */
  readonly url: string;
  /** Sent with each request; they are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A data stream that Elasticsearch's own template for logs fits. */
const DEFAULT_INDEX = 'logs-deltastream-default';

const PROTOCOLS: Readonly<
  Record<
    ProtocolName,
    {
      readonly options: readonly string[];
      create(options: Readonly<Record<string, string | undefined>>): ShipProtocol;
    }
  >
> = {
  loki: { options: ['tenant'], create: ({ tenant }) => lokiProtocol({ tenant }) },
  elastic: {
    options: ['index'],
    create: ({ index = DEFAULT_INDEX }) => elasticProtocol({ index }),
  },
  otlp: { options: [], create: otlpProtocol },
};

/** The targets that settings name. Throws `invalid_setting` that says which of them is wrong. */
export function shipTargets({
  shipLogsTo = [],
  shipLogsCredentials,
}: Pick<ShipSettings, 'shipLogsTo' | 'shipLogsCredentials'>): ShipTarget[] {
  const credentials = credentialsOf(shipLogsCredentials);
  const targets = shipLogsTo.map((text, i) => targetOf(text, i + 1, credentials));
  const names = targets.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw invalid('shipLogsTo', `has two targets named ${twice}; name them: NAME=loki+https://...`);
  const unknown = [...credentials.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.length === 0 ? 'none' : names.join(', ');
    throw invalid(
      'shipLogsCredentials',
      `is for a target "${unknown}" that is none of --ship-logs-to: ${known}`,
    );
  }
  return targets;
}

/** Nothing of an address is in a message: it may have credentials. */
function targetOf(
  text: string,
  place: number,
  credentials: ReadonlyMap<string, ShipTarget['headers']>,
): ShipTarget {
  const [, given, protocolName, address] = /^(?:([a-z0-9-]+)=)?(loki|elastic|otlp)\+(.+)$/.exec(text) ?? [];
  const parsed = URL.parse(address ?? '');
  if (parsed === null) throw invalid('shipLogsTo', `target ${place} has no valid URL`);
  if (parsed.username !== '' || parsed.password !== '')
    throw invalid(
      'shipLogsTo',
      `target ${place} has credentials in its address; give them by --ship-logs-credentials`,
    );
  const name = given ?? protocolName;
  const { options, create } = PROTOCOLS[protocolName as ProtocolName];
  const unknown = [...parsed.searchParams.keys()].find((option) => !options.includes(option));
  if (unknown !== undefined) {
    const known = options.length === 0 ? 'it has none' : `it has ${options.join(', ')}`;
    throw invalid('shipLogsTo', `target ${name} has no option "${unknown}"; ${known}`);
  }
  return {
    name,
    protocolName: protocolName as ProtocolName,
    protocol: create(Object.fromEntries(parsed.searchParams)),
    url: `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`,
    headers: credentials.get(name) ?? {},
  };
}

/** Nothing of a value is in a message: it is a secret. */
function credentialsOf(text: string | undefined): Map<string, ShipTarget['headers']> {
  const found = new Map<string, Record<string, string>>();
  for (const [i, item] of itemsOf(text ?? '').entries()) {
    const [, name, given] = /^([a-z][a-z0-9-]{0,39})=(.+)$/.exec(item) ?? [];
    if (name === undefined)
      throw invalid('shipLogsCredentials', `item ${i + 1} is not NAME=VALUE of a target of --ship-logs-to`);
    const value = given.startsWith('"') ? unquoted(given) : given;
    if (value === null)
      throw invalid(
        'shipLogsCredentials',
        `item ${i + 1} has a value that begins with a quote and does not end with one; a quote or backslash within it stands behind a backslash`,
      );
    const [, header = 'authorization', sent = value] = /^([A-Za-z0-9-]+): *(.+)$/.exec(value) ?? [];
    if (!/^[\x20-\x7e]+$/.test(sent))
      throw invalid('shipLogsCredentials', `item ${i + 1} has characters that no header can have`);
    found.set(name, { ...found.get(name), [header.toLowerCase()]: sent });
  }
  return found;
}

/** By line and comma; within quotes that open behind the `=` a comma is one of the value. */
const ITEM = /[^\n,=]*="(?:[^"\\\n]|\\[^\n])*"[^\n,]*|[^\n,]+/g;
const itemsOf = (text: string): string[] =>
  (text.match(ITEM) ?? []).map((item) => item.trim()).filter((item) => item !== '');

/** Null where the quote that opens it is not the one before its end. */
function unquoted(value: string): string | null {
  const [, inner] = /^"((?:[^"\\]|\\.)*)"$/.exec(value) ?? [];
  return inner === undefined || inner === '' ? null : inner.replaceAll(/\\(.)/g, '$1');
}

function invalid(setting: 'shipLogsTo' | 'shipLogsCredentials', what: string) {
  const flag = setting === 'shipLogsTo' ? '--ship-logs-to' : '--ship-logs-credentials';
  return new DeltaStreamError('invalid_setting', `${flag} ${what}`);
}
