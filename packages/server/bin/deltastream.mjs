#!/usr/bin/env node
// JavaScript on purpose: it must run on whatever Node starts it, and loading it must not need the
// TypeScript transform, whose memory would stay for the life of the process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import process, { argv, env, execArgv, execPath, exit, stderr, versions } from 'node:process';

const REQUIRED_MAJOR = 26;
const modules = join(import.meta.dirname, '../../../node_modules');

if (Number.parseInt(versions.node, 10) < REQUIRED_MAJOR) {
  const installed = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (!existsSync(installed) || execPath === installed) {
    stderr.write(
      `deltastream: this is Node ${versions.node}, Node ${REQUIRED_MAJOR} is needed; "npm ci" brings it\n`,
    );
    exit(1);
  }
  const child = spawn(installed, [...execArgv, ...argv.slice(1)], { stdio: 'inherit' });
  // A terminal interrupts both; what is sent to this process alone is passed on, so that the other stops, too.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [status] = await once(child, 'exit');
  exit(status ?? 1);
}

// Compiled code is kept between starts: a start is faster, and without a bundle neither the main thread nor a worker
// (which learns of the folder by the environment) has to load the TypeScript transform.
env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'deltastream');
nodeModule.enableCompileCache(env.NODE_COMPILE_CACHE);
// Imported here, since an older Node has no such functions.
const { loadEntry } = await import('./bundled-server.mjs');
const { main } = await loadEntry('cli.mjs');
await main();
