import { stdout } from 'node:process';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createMemoryBus } from '../../packages/server/src/adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../packages/server/src/adapters/memory/user-store/user-store-memory.ts';
import { createDenylist } from '../../packages/server/src/kit/tokens/denylist.ts';
import { createKeySet } from '../../packages/server/src/kit/tokens/keys.ts';
import { createTokenVerifier } from '../../packages/server/src/kit/tokens/verifier.ts';
import { systemClock } from '../../packages/server/src/ports/clock.ts';
import { createAuthFixture, trader } from '../../packages/server/src/services/auth/auth.fixture.ts';
import { distributionDistance } from '../../packages/server/src/services/auth/login/two-samples.fixture.ts';
import { createSigningKey } from '../../packages/server/src/services/auth/secrets/key-ring.ts';
import { createPasswordScheme } from '../../packages/server/src/services/auth/secrets/password-scheme.ts';
import { signAccessToken } from '../../packages/server/src/services/auth/sessions/access-token.ts';
import { median, quantile } from '../measure/statistics.ts';
import { revocationDelays } from './revocation-delays.ts';

const TOKENS = 2000;
const ROUNDS = 9;
const LOGIN_PAIRS = 1000;
const LOGIN_COST = 8;

const user = { id: 'u1', email: 'trader@example.com', role: 'viewer' } as const;
const rules = { issuer: 'deltastream', audience: 'deltastream' };
const key = createSigningKey();
const sign = (i: number) =>
  signAccessToken(key, { ...rules, lifetimeSeconds: 3600 }, { user, sessionId: `s${i}` }, Date.now());
const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, i) => sign(i)));

/** Median over rounds of the microseconds that one call takes, one after the other on one core. */
async function microseconds(call: (i: number) => Promise<unknown>, prepare: () => void = () => {}) {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    prepare();
    const begun = performance.now();
    for (let i = 0; i < TOKENS; i++) await call(i);
    rounds.push(((performance.now() - begun) * 1000) / TOKENS);
  }
  return median(rounds);
}

const newVerifier = () =>
  createTokenVerifier({
    keys: createKeySet([key.publicJwk]),
    ...rules,
    clock: systemClock,
    denylist: createDenylist({ clock: systemClock }),
  });
let verifier = newVerifier();
const uncached = await microseconds(
  (i) => verifier.verify(tokens[i]),
  () => {
    verifier = newVerifier();
  },
);
const cached = await microseconds((i) => verifier.verify(tokens[i]));
const keySet = createLocalJWKSet({ keys: [key.publicJwk] });
const peer = await microseconds((i) =>
  jwtVerify(tokens[i], keySet, { ...rules, typ: 'at+jwt', algorithms: ['ES256'] }),
);
const signing = await microseconds(sign);

/** Median milliseconds of one hash under the default settings. */
async function hashing(algorithm: 'bcrypt' | 'argon2id') {
  const options = { bcryptCost: 12, argon2MemoryKib: 19_456, argon2Passes: 2, key: Buffer.alloc(32) };
  const scheme = createPasswordScheme({ algorithm, ...options });
  const samples: number[] = [];
  for (let i = 0; i < 7; i++) {
    const begun = performance.now();
    await scheme.hash('correct horse battery');
    samples.push(performance.now() - begun);
  }
  return median(samples);
}
const bcryptMs = await hashing('bcrypt');
const argon2Ms = await hashing('argon2id');

/** Milliseconds of refused log-ins, for an account that is there and one that is not, in turns. */
async function loginTimes() {
  const fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  const { post } = await fixture.start({ bcryptCost: LOGIN_COST, refusalJitterMs: 20 });
  await post('register', trader);
  const times = { [trader.email]: [] as number[], 'nobody@example.com': [] as number[] };
  for (let i = 0; i < LOGIN_PAIRS; i++) {
    const emails = Object.keys(times);
    for (const email of i % 2 === 0 ? emails : emails.toReversed()) {
      const begun = performance.now();
      await post('login', { email, password: 'a wrong password' });
      times[email].push(performance.now() - begun);
    }
  }
  await fixture.remove();
  const [known, unknown] = Object.values(times);
  return { known, unknown, distance: distributionDistance(known, unknown) };
}
const logins = await loginTimes();
const delays = await revocationDelays();

const rate = (us: number) => Math.round(1e6 / us).toLocaleString('en');
const inTurn = (samples: readonly number[]) =>
  `${median(samples).toFixed(1)} ms, p99 ${quantile(samples, 0.99).toFixed(1)} ms`;
stdout.write(`| | figure | bound |
|---|---|---|
| verify an access token that was seen before | ${cached.toFixed(2)} us | <= 20 us |
| verify one that was not, one core | ${uncached.toFixed(1)} us, ${rate(uncached)} a second | >= 5,000 a second |
| the same by jose 6 \`jwtVerify\` | ${peer.toFixed(1)} us, ${rate(peer)} a second | |
| sign an access token | ${signing.toFixed(1)} us, ${rate(signing)} a second | |
| hash a password, bcrypt cost 12 | ${bcryptMs.toFixed(0)} ms | |
| hash a password, argon2id 19 MiB, 2 passes | ${argon2Ms.toFixed(0)} ms | |
| refused login, known account (bcrypt cost ${LOGIN_COST}, n = ${LOGIN_PAIRS}) | ${inTurn(logins.known)} | |
| refused login, unknown account | ${inTurn(logins.unknown)} | |
| Kolmogorov-Smirnov distance of the two | ${logins.distance.toFixed(4)} | < 0.1 |
| logout to refusal of the token in another verifier | ${inTurn(delays.refused)} | <= 1,000 ms |
| logout to the end of its socket | ${inTurn(delays.cut)} | <= 1,000 ms |
`);
