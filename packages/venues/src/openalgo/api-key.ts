/** OpenAlgo's keys are 64 hexadecimal digits; it takes up to 256 characters. */
const API_KEY = /^[A-Za-z0-9._~+/=-]{1,256}$/;

/** Throws where the API key cannot be one; it is in no message. */
export function requireApiKey(apiKey: string): void {
  if (API_KEY.test(apiKey)) return;
  throw new Error(
    `the API key of OpenAlgo is ${apiKey === '' ? 'empty' : 'not one'}: expected letters, digits and . _ ~ + / = -`,
  );
}

/** A text of OpenAlgo, or of what stands before it, as it may be logged. Requests have the key in their bodies and queries. */
export const withoutKey = (text: string, apiKey: string): string =>
  text.replaceAll(apiKey, '***').replaceAll(encodeURIComponent(apiKey), '***');
