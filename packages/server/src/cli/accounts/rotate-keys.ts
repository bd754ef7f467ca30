import { stdout } from 'node:process';
import { systemClock } from '../../ports/clock.ts';
import { rotateKeyFile } from '../../services/auth/secrets/signing-keys.ts';
import { authConfig, authSettings, tokenLifetimeMs } from '../../services/auth/settings.ts';
import type { Settings } from '../../settings/compose.ts';

/** Replaces the signing key in the data folder, also while the platform runs. */
export async function rotateKeys(settings: Settings, withdraw: boolean): Promise<void> {
  const auth = authSettings(authConfig(settings));
  const retireMs = tokenLifetimeMs(auth);
  const kid = await rotateKeyFile(auth.keyFile, { nowMs: systemClock.now(), retireMs, withdraw });
  stdout.write(`Access tokens are signed with key ${kid} from now on\n`);
}
