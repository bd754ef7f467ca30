import { expect, it } from 'vitest';
import { createSecrets } from './secrets.ts';

it('takes what an address holds out of what comes back, in text and in bytes', () => {
  const secrets = createSecrets();
  secrets.connecting({
    url: 'wss://ws.example.com/?api_key=KEY12345&access_token=TOKEN-OF-TODAY',
    headers: { authorization: 'Bearer HEADER-TOKEN' },
  });
  expect(secrets.without('{"said":"TOKEN-OF-TODAY is over, KEY12345, HEADER-TOKEN"}')).toBe(
    '{"said":"*** is over, ***, ***"}',
  );
  const sent = Buffer.from('\u0001TOKEN-OF-TODAY\u0002');
  const kept = secrets.without(sent);
  expect(Buffer.from(kept as Uint8Array).toString()).toBe(`\u0001${'*'.repeat(14)}\u0002`);
  expect(sent.toString()).toContain('TOKEN-OF-TODAY');
});

it('learns what is sent, and hides fields that hold credentials', () => {
  const secrets = createSecrets();
  secrets.sent('{"action":"authenticate","api_key":"OPENALGO-KEY"}');
  expect(secrets.without('{"echo":"OPENALGO-KEY"}')).toBe('{"echo":"***"}');
  expect(secrets.without('{"result":{"access_token":"abc","refresh_token": "d\\"ef","scope":"x"}}')).toBe(
    '{"result":{"access_token":"***","refresh_token": "***","scope":"x"}}',
  );
});

it('leaves a message without any as it is', () => {
  const secrets = createSecrets();
  secrets.connecting({ url: 'wss://ws.example.com/?v=2' });
  const text = '{"token":256265,"instrument_name":"BTC-1DEC26-100000-C"}';
  expect(secrets.without(text)).toBe(text);
});

it('hides a credential that looks as what it is hidden by', () => {
  const secrets = createSecrets();
  secrets.connecting({ url: 'wss://ws.example.com/?access_token=**************' });
  const sent = Buffer.from('\u0001**************\u0002');
  expect(Buffer.from(secrets.without(sent) as Uint8Array).equals(sent)).toBe(true);
});
