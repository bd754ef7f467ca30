import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Runs a program again and again and kills it each time, the n-th time after it has said n lines: which of its steps are
 * cut depends on what it did, not on how fast the machine is. The next one loads meanwhile: a program waits for a line on
 * its standard input before it begins (`told`). `between` is told what each said. Returns when the program ended by itself.
 */
export async function killEachTime(
  program: { readonly script: string; readonly args: readonly string[]; readonly cache: string },
  kills: number,
  between: (lines: readonly string[], wasKilled: boolean) => Promise<void>,
): Promise<void> {
  const start = () =>
    spawn(process.execPath, [program.script, ...program.args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: program.cache },
    });
  let next: ChildProcess | null = start();
  for (let kill = 1; kill <= kills && next !== null; kill++) {
    const child: ChildProcess = next;
    next = kill < kills ? start() : null;
    child.stdin?.end('begin\n');
    const lines: string[] = [];
    if (child.stdout === null) throw new Error('the program has no output');
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === kill) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await between(lines, child.signalCode === 'SIGKILL');
  }
}

/** In the program: resolves when it is told to begin. */
export async function told(): Promise<void> {
  for await (const _ of createInterface({ input: process.stdin })) return;
}
