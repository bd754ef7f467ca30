import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const DECLARATION = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = \(?[-\d]/;
const BOUND =
  /(?:^|_)(?:MS|SECONDS|BYTES|MB|LENGTH|LIMIT|PAGE|KNOWN|KEPT|REMEMBERED|SHOWN|JOBS|AHEAD|TRIES|RETRIES|MAX|MIN|MOST|LEAST|LONGEST|LATEST|DEFAULT|FIRST)(?:_|$)/;
/** A unit or the time zone of a venue says by its name why it is so much, a default in the docstring of its option. */
const EXPLAINED_BY_NAME =
  /^(?:DEFAULT_\w+|MINUTE_MS|DAY_MS|DAY_SECONDS|YEAR_SECONDS|DOUBLE_BYTES|MS_PER_\w+|\w+_OFFSET_MS)$/;

/** Places of the bounds and times of a file that have no comment of their own. */
function withoutReason(file: string): string[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const name = DECLARATION.exec(line)?.[1];
    if (name === undefined || !BOUND.test(name) || EXPLAINED_BY_NAME.test(name)) return [];
    const above = lines[i - 1]?.trim() ?? '';
    const explained = line.includes('; // ') || above.endsWith('*/') || above.startsWith('//');
    return explained ? [] : [`${file}:${i + 1} ${name}`];
  });
}

it('every bound and time in the code says why it is so much, or is a setting', () => {
  const sources = globSync(
    ['packages/{client,contracts,recordings,reference,server,venues}/src/**/*.ts', 'web/src/**/*.{ts,tsx}'],
    { cwd: ROOT },
  ).filter((file) => !/\.test\.tsx?$|\.fixture\.ts$|\.contract\.ts$|\/testing\/|settings\.ts$/.test(file));
  expect(sources.length).toBeGreaterThan(300);
  expect(sources.flatMap(withoutReason)).toEqual([]);
});
