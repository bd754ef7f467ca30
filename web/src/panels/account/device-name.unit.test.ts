import { expect, it } from 'vitest';
import { deviceName } from './device-name.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

it.each([
  [CHROME, 'Chrome 141 on Linux'],
  [CHROME.replace('Chrome', 'HeadlessChrome'), 'Headless Chrome 141 on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge 140 on Windows',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Samsung Internet 28 on Android',
  ],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 'Firefox 144 on Linux'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    'Safari 26 on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1',
    'Chrome 141 on iPhone',
  ],
])('reads %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});

it.each([
  '',
  'curl/8.14.1',
  'node',
  'python-requests/2.32.5',
  'Chrome/141 on Linux',
  // Built on Chrome, and not it.
  `${CHROME} YaBrowser/25.8.0.0`,
  CHROME.replace('X11; Linux x86_64', 'PlayStation 5'),
  // Cut by the server.
  CHROME.slice(0, 60),
])('leaves %j as it is', (userAgent) => {
  expect(deviceName(userAgent)).toBe(userAgent);
});
