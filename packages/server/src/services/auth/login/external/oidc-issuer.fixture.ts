import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';

export const CLIENT = { clientId: 'deltastream', clientSecret: 'issuer-client-secret', timeoutSeconds: 5 };
export const REDIRECT_URI = 'http://localhost:8000/login';

/** What the issuer says of who logs in, and how it misbehaves. */
interface IssuerScript {
  claims: Record<string, unknown>;
  /** Changes what the ID token says or how it is signed. */
  idToken: (claims: Record<string, unknown>) => Record<string, unknown>;
  signWithForeignKey: boolean;
}

/** An OpenID provider with a discovery document, PKCE, single-use codes and signed ID tokens, for tests. */
export async function startIssuer() {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const codes = new Map<string, { nonce: string; challenge: string; redirectUri: string }>();
  const script: IssuerScript = {
    claims: { sub: 'subject-1', email: 'trader@example.com', email_verified: true, name: 'Trader' },
    idToken: (claims) => claims,
    signWithForeignKey: false,
  };

  const answer = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  const token = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const grant = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const credentials = `${form.get('client_id')}:${form.get('client_secret')}`;
    const basic = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString();
    const secret = `${CLIENT.clientId}:${CLIENT.clientSecret}`;
    const known = credentials === secret || decodeURIComponent(basic) === secret;
    if (!known || !grant || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return answer(response, 400, { error: 'invalid_grant' });
    }
    const seconds = Math.floor(Date.now() / 1000);
    const claims = script.idToken({
      ...script.claims,
      iss: url,
      aud: CLIENT.clientId,
      nonce: grant.nonce,
      iat: seconds,
      exp: seconds + 60,
    });
    const key = script.signWithForeignKey ? foreign.privateKey : own.privateKey;
    const idToken = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key);
    return answer(response, 200, {
      access_token: 'a',
      token_type: 'Bearer',
      expires_in: 60,
      id_token: idToken,
    });
  };

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', url);
    if (pathname === '/.well-known/openid-configuration') {
      return answer(response, 200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['ES256'],
        subject_types_supported: ['public'],
        code_challenge_methods_supported: ['S256'],
      });
    }
    if (pathname === '/jwks') {
      const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
      return answer(response, 200, { keys: [jwk] });
    }
    if (pathname === '/token') return token(request, response);
    return answer(response, 404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    script,
    /** Logs somebody in at the address; resolves with the query the browser is sent back with. */
    authorize(address: string): string {
      const asked = new URL(address).searchParams;
      const code = randomBytes(16).toString('hex');
      codes.set(code, {
        nonce: asked.get('nonce') ?? '',
        challenge: asked.get('code_challenge') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
      });
      return `?code=${code}&state=${asked.get('state')}`;
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
