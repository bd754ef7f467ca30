#!/usr/bin/env node
// JavaScript on purpose: it must run on whatever Node starts it, and loading it must not need the
// TypeScript transform, whose memory would stay for the life of the process.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { argv, env, execArgv, execPath, exit, stderr, versions } from 'node:process';

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
  const { status } = spawnSync(installed, [...execArgv, ...argv.slice(1)], { stdio: 'inherit' });
  exit(status ?? 1);
}

// Compiled code is kept between starts: a start is faster, and neither the main thread nor a worker
// (which learns of the folder by the environment) has to load the TypeScript transform.
env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'deltastream');
nodeModule.enableCompileCache(env.NODE_COMPILE_CACHE);
const { main } = await import('../src/cli.ts');
await main();
