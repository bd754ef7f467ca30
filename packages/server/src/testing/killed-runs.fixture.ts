import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Flags of Node for a program of a test that is to load packages as the product does. */
export const AS_PRODUCT: readonly string[] = [
  '--import',
  fileURLToPath(new URL('../../../../testing/as-product.mjs', import.meta.url)),
];

export interface KilledProgram {
  readonly script: string;
  readonly args: readonly string[];
  /** What it is told when it begins. */
  readonly begin?: () => string;
  /** After how many lines it is killed the n-th time; without: n. */
  readonly lines?: (kill: number) => number;
  /** It is killed at a random moment up to so long after its last line; without: at once. */
  readonly mostMs?: number;
}

/**
 * Runs a program again and again and kills it each time, the n-th time after it has said so many lines: which of its steps are
 * cut depends on what it did, not on how fast the machine is. The next one loads meanwhile: a program waits for a line on
 * its standard input before it begins (`told`). `between` is told what each said. Returns when the program ended by itself.
 */
export async function killEachTime(
  program: KilledProgram,
  kills: number,
  between: (lines: readonly string[], wasKilled: boolean) => Promise<void>,
): Promise<void> {
  const start = () =>
    spawn(process.execPath, [...AS_PRODUCT, program.script, ...program.args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  const lineOf = program.lines ?? ((kill) => kill);
  let next: ChildProcess | null = start();
  for (let kill = 1; kill <= kills && next !== null; kill++) {
    const child: ChildProcess = next;
    next = kill < kills ? start() : null;
    child.stdin?.end(`${program.begin?.() ?? 'begin'}\n`);
    const lines: string[] = [];
    if (child.stdout === null) throw new Error('the program has no output');
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length !== lineOf(kill)) continue;
      if (program.mostMs === undefined) child.kill('SIGKILL');
      else setTimeout(() => child.kill('SIGKILL'), Math.random() * program.mostMs);
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await between(lines, child.signalCode === 'SIGKILL');
  }
}

/** In the program, once it is loaded: resolves with what it is told when it is to begin. */
export async function told(): Promise<string> {
  // A process that is killed would leave what it compiled to the next one to compile again.
  flushCompileCache();
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw new Error('the program was not told to begin');
}
