import { BlockList, isIP } from 'node:net';

/** Which addresses alerts may be sent to. */
export interface AddressRule {
  /** Whether a text that is an IP address is one of the public internet, or of a range that the operator allows. */
  allows(address: string): boolean;
}

export interface AddressRuleOptions {
  /** Ranges as `10.1.0.0/16` or `fd00::/8` that are allowed beside public addresses. */
  readonly allowedRanges: readonly string[];
  /** The network translates IPv6 to IPv4 at 64:ff9b::/96 (DNS64): its addresses are judged by the IPv4 address in them. */
  readonly nat64: boolean;
}

/**
 * IPv4 of special use, by the registry of IANA (RFC 6890 and its successors). Its few exceptions that can be reached
 * from everywhere (192.0.0.9, 192.88.99/24 relays) serve no web server.
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** All that IANA gives out for the internet; whatever carries an IPv4 address in another form is outside. */
const UNICAST_IPV6 = ['2000::/3'];
/** Of special use in it: protocol assignments with Teredo, documentation, 6to4, which carries an IPv4 address. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
const NAT64 = '64:ff9b::/96';

/** Throws a TypeError that names the range which is none. */
export function createAddressRule({ allowedRanges, nat64 }: AddressRuleOptions): AddressRule {
  const special = rangesOf([...SPECIAL_IPV4, ...SPECIAL_IPV6]);
  const unicast = rangesOf(UNICAST_IPV6);
  const translated = rangesOf([NAT64]);
  const allowed = rangesOf(allowedRanges);

  const isPublic = (address: string, family: 4 | 6): boolean => {
    if (family === 4) return !special.check(address, 'ipv4');
    if (nat64 && translated.check(address, 'ipv6')) {
      const inside = lastIpv4Of(address);
      return isPublic(inside, 4) || allowed.check(inside, 'ipv4');
    }
    return unicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
  };

  return {
    allows(address) {
      const family = isIP(address);
      // An address with a zone (fe80::1%eth0) is one of a link.
      if (family === 0 || address.includes('%')) return false;
      return isPublic(address, family as 4 | 6) || allowed.check(address, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** Whether a text is a range as `10.1.0.0/16` or `fd00::/8`. */
export const isRange = (text: string): boolean => {
  const [address, prefix, ...rest] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    rest.length === 0 &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= (family === 4 ? 32 : 128)
  );
};

function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    if (!isRange(range)) throw new TypeError(`${range} is not a range of addresses`);
    const [address, prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** The last 32 bits of an IPv6 address, however it is written. */
function lastIpv4Of(address: string): string {
  // The parser of URLs writes every IPv6 address in one way: groups of hexadecimal digits.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':');
  return groups
    .slice(-2)
    .flatMap((group) => {
      const bits = Number.parseInt(group || '0', 16);
      return [bits >> 8, bits & 0xff];
    })
    .join('.');
}
