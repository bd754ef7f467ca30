import { expect, it } from 'vitest';
import { saidIn } from './said.ts';

it.each([
  ['{"jsonrpc":"2.0","error":{"message":"too_many_requests","code":10028},"usIn":1}', 'too many requests'],
  [
    '{"status":"error","message":"log in again","error_type":"TokenException"}',
    'TokenException: log in again',
  ],
  [
    '{"status":"error","errors":[{"errorCode":"UDAPI10005","message":"Too Many Request Sent"}]}',
    'UDAPI10005: Too Many Request Sent',
  ],
  ['{"errorType":"Rate_Limit","errorCode":"DH-904","errorMessage":"wait a second"}', 'DH-904: wait a second'],
  ['{"status":"error"}', ''],
  ['[]', ''],
  ['{"error":{"message":"cut', ''],
  ['Bad gateway', 'Bad gateway'],
  ['', ''],
])('the words of an error that a venue sent: %s', (body, said) => {
  expect(saidIn(body)).toBe(said);
});
