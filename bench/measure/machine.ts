import { cpus, platform, release, totalmem } from 'node:os';
import { version } from 'node:process';

/** The machine in one line, for beside the figures. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: ${cpus().length} x ${cpu.model.trim()}, ${gibibytes} GiB, ${platform()} ${release().split('.', 2).join('.')}, Node ${version}.`;
}
