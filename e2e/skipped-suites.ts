import { globSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Says in one line which suites a run left out and how to run them. */
export function createSkippedSuitesReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const projects = new Set(modules.map((module) => module.project.name));
      if (!projects.has('unit') || projects.has('e2e')) return;
      const suites = globSync('e2e/**/*.test.ts').length;
      process.stdout.write(
        `Skipped: ${suites} end-to-end suites (real processes, kill -9, browser); run them with "npm run test:e2e".\n`,
      );
    },
  };
}
