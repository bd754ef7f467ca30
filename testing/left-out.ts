import { globSync } from 'node:fs';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Rungs of the ladder: what each needs, and the script that runs it. */
const RUNGS: readonly (readonly [project: string, needs: string, script: string])[] = [
  ['unit', 'nothing but this process', 'npm test'],
  [
    'integration',
    'files, threads, listening servers, Redis, PostgreSQL, MongoDB',
    'npm run test:integration',
  ],
  ['e2e', 'complete processes, kill -9, a browser', 'npm run test:e2e'],
];

/** Says what a run left out: suites of the other rungs with the script that runs them, and skipped tests by file. */
export function createLeftOutReporter(): Reporter {
  let run: Vitest;
  return {
    onInit(vitest) {
      run = vitest;
    },
    onTestRunEnd(modules: readonly TestModule[]) {
      if (run.config.testNamePattern) return;
      for (const module of modules) {
        const skipped = [...module.children.allTests('skipped')].length;
        if (skipped > 0) process.stdout.write(`Skipped: ${skipped} tests of ${module.relativeModuleId}.\n`);
      }
      const projects = new Set(modules.map(({ project }) => project.name.split('-')[0]));
      for (const [project, needs, script] of RUNGS) {
        if (projects.has(project)) continue;
        const suites = globSync(`{packages,web,testing,e2e}/**/*.${project}.test.{ts,tsx}`).filter(
          (file) => !file.includes('node_modules'),
        ).length;
        process.stdout.write(`Not run: ${suites} ${project} suites (${needs}); "${script}" runs them.\n`);
      }
    },
  };
}
