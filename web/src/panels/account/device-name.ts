/** Words of a user agent that every browser has; they tell neither which one it is nor where it runs. */
const NEUTRAL = new Set(['Mozilla', 'AppleWebKit', 'Gecko', 'Mobile', 'Version', 'Safari', 'Chrome']);

/** What a browser calls itself, by its own word; those who build on another one also say that one's word, later here. */
const BROWSERS = [
  ['Edg', 'Edge'],
  ['EdgA', 'Edge'],
  ['EdgiOS', 'Edge'],
  ['OPR', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['FxiOS', 'Firefox'],
  ['Firefox', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['HeadlessChrome', 'Headless Chrome'],
  ['Chrome', 'Chrome'],
  ['Version', 'Safari'],
] as const;

/** Systems by what their browsers say of them; Android also says Linux, and an iPad that it is like a Mac. */
const SYSTEMS = [
  [/\bAndroid\b/, 'Android'],
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bWindows NT\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

/**
 * `Chrome 141 on Linux` of a user agent. Anything with a word that is not known here is left as it is: another program
 * that names a browser beside itself is not that browser.
 */
export function deviceName(userAgent: string): string {
  const versions = new Map(
    [...userAgent.matchAll(/([A-Za-z]+)\/(\d+)[\w.]*/g)].map(([, word, version]) => [word, version]),
  );
  const isKnown = [...versions.keys()].every(
    (word) => NEUTRAL.has(word) || BROWSERS.some(([own]) => own === word),
  );
  const browser = BROWSERS.find(([word]) => versions.has(word));
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent));
  if (!versions.has('Mozilla') || !isKnown || !browser || !system) return userAgent;
  return `${browser[1]} ${versions.get(browser[0])} on ${system[1]}`;
}
