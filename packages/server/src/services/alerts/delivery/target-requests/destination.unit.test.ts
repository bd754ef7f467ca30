import { describe, expect, it } from 'vitest';
import { createAddressRule } from './address-rule.ts';
import { createDestinationRule, NOT_PUBLIC } from './destination.ts';

const rule = createDestinationRule({ ports: [443, 8443], allowed: [], nat64: false });
const refusalOf = (url: string, of = rule) => {
  const reading = of.read(url);
  return 'refused' in reading ? reading.refused : null;
};

describe('an address in a URL', () => {
  /** One or more of each range, its first and last address, and each spelling of one. */
  const privateHosts = [
    ...['0.0.0.0', '0.255.255.255', '10.0.0.1', '10.255.255.255', '100.64.0.0', '100.127.255.255'],
    ...['127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8'],
    ...['192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.19.255.255'],
    ...['198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    // Loopback as number, in hexadecimal and octal digits, shortened, and with full-width digits and stops.
    ...['2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '127.1', '127.0.1', '0'],
    ...['１２７.０.０.１', '127。0。0。1', '127.0.0.1.', '%31%32%37.0.0.1'],
    // The metadata server of clouds likewise.
    ...['2852039166', '0xA9FEA9FE', '0251.0376.0251.0376'],
    ...['[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::127.0.0.1]', '[::7f00:1]'],
    ...[
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:10.0.0.1]',
      '[::ffff:8.8.8.8]',
      '[::ffff:0:127.0.0.1]',
    ],
    ...['[64:ff9b::7f00:1]', '[64:ff9b::10.0.0.1]', '[64:ff9b::8.8.8.8]', '[64:ff9b:1::7f00:1]'],
    ...['[2002:7f00:1::]', '[2002:0a00:0001::1]', '[2001::1]', '[2001:0:7f00:1::]', '[2001:10::1]'],
    ...[
      '[2001:20::1]',
      '[2001:db8::1]',
      '[3fff::1]',
      '[100::1]',
      '[fc00::1]',
      '[fd00:ec2::254]',
      '[fe80::1]',
    ],
    ...['[fec0::1]', '[ff02::1]', '[5f00::1]', '[4000::1]', '[1fff::1]'],
  ];

  it.each(privateHosts)('%s is refused', (host) => {
    expect(refusalOf(`https://${host}/hook`)).toBe(NOT_PUBLIC);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '100.63.255.255',
    '100.128.0.0',
    '128.0.0.1',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '[2606:4700::1111]',
    '[2001:200::1]',
    '[2001:4860:4860::8888]',
    '[2003::1]',
    '[3ffe::1]',
  ])('%s is public', (host) => {
    expect(refusalOf(`https://${host}/hook`)).toBeNull();
  });

  it('is judged by the IPv4 address in it where the network translates addresses', () => {
    const translated = createAddressRule({ allowedRanges: ['10.1.0.0/16'], nat64: true });
    expect(translated.allows('64:ff9b::8.8.8.8')).toBe(true);
    expect(translated.allows('64:ff9b::808:808')).toBe(true);
    expect(translated.allows('64:ff9b::10.1.2.3')).toBe(true);
    for (const address of [
      ...['64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b::', '64:ff9b::1'],
      ...['64:ff9b:1::808:808', '64:ff9b:0:0:1::808:808', '::ffff:8.8.8.8'],
    ]) {
      expect(translated.allows(address), address).toBe(false);
    }
  });

  it('is refused where it is none, or one of a link', () => {
    const { addresses } = rule;
    for (const address of [
      '',
      'localhost',
      '1.1.1',
      '1.1.1.1 ',
      'fe80::1%eth0',
      '2606:4700::1111%1',
      '01.1.1.1',
    ]) {
      expect(addresses.allows(address), address).toBe(false);
    }
  });
});

describe('the rest of a URL', () => {
  it.each([
    ['http://example.com/', 'the URL must be https'],
    ['ftp://example.com/', 'the URL must be https'],
    ['file:///etc/passwd', 'the URL must be https'],
    ['gopher://example.com:443/', 'the URL must be https'],
    ['https://user@example.com/', 'the URL may not carry credentials'],
    ['https://user:password@example.com/', 'the URL may not carry credentials'],
    ['https://:password@example.com/', 'the URL may not carry credentials'],
    ['https://example.com:22/', 'port 22 is not allowed'],
    ['https://example.com:6379/', 'port 6379 is not allowed'],
    ['https://example.com:0/', 'port 0 is not allowed'],
    ['https://', 'not a valid URL'],
    ['https://example.com:99999/', 'not a valid URL'],
    ['https://1.2.3.4.5/', 'not a valid URL'],
    ['https://[::1/', 'not a valid URL'],
    ['https://[fe80::1%25eth0]/', 'not a valid URL'],
    ['/hook', 'not a valid URL'],
  ])('%s: %s', (url, refusal) => {
    expect(refusalOf(url)).toBe(refusal);
  });

  it.each([
    'https://example.com/hook',
    'https://example.com:8443/',
    'https://localhost./',
    'https://EXAMPLE.com:443',
  ])('of %s says nothing against it before its addresses are known', (url) =>
    expect(refusalOf(url)).toBeNull(),
  );
});

describe('what the operator allows', () => {
  const allowed = [
    'ntfy.lan:8080',
    'Hooks.Internal:443',
    '127.0.0.1:9000',
    '[::1]:9000',
    '10.1.0.0/16',
    'fd00::/8',
  ];
  const own = createDestinationRule({ ports: [443], allowed, nat64: false });

  it('is a host at a port, also without TLS', () => {
    for (const url of [
      ...[
        'http://ntfy.lan:8080/',
        'https://ntfy.lan:8080/',
        'https://hooks.internal/',
        'https://HOOKS.internal',
      ],
      ...['http://127.1:9000/', 'http://2130706433:9000/', 'http://[0::1]:9000/x'],
    ]) {
      const reading = own.read(url);
      expect(reading, url).toMatchObject({ destination: { isNamed: true } });
    }
    expect(refusalOf('http://ntfy.lan/', own)).toBe('the URL must be https');
    expect(refusalOf('https://ntfy.lan:8081/', own)).toBe('port 8081 is not allowed');
    expect(refusalOf('https://127.0.0.1/', own)).toBe(NOT_PUBLIC);
    expect(refusalOf('http://127.0.0.1:9001/', own)).toBe('the URL must be https');
    expect(refusalOf('http://user@ntfy.lan:8080/', own)).toBe('the URL may not carry credentials');
    expect(refusalOf('ftp://ntfy.lan:8080/', own)).toBe('the URL must be https');
  });

  it('is a range of addresses, with TLS and at the usual ports', () => {
    expect(refusalOf('https://10.1.2.3/', own)).toBeNull();
    expect(refusalOf('https://[fd12::1]/', own)).toBeNull();
    expect(refusalOf('https://10.2.0.1/', own)).toBe(NOT_PUBLIC);
    expect(refusalOf('http://10.1.2.3/', own)).toBe('the URL must be https');
    expect(refusalOf('https://10.1.2.3:8080/', own)).toBe('port 8080 is not allowed');
  });

  it.each([
    'ntfy.lan',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    'a b:80',
    ':443',
    'host:0',
    'host:99999',
    'u@h:80',
    '',
  ])('is not %j', (entry) => {
    expect(() => createDestinationRule({ ports: [443], allowed: [entry], nat64: false })).toThrow(TypeError);
  });
});
