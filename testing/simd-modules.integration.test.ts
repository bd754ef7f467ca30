import { expect, test } from 'vitest';
import { compile, loadCompiler, PROGRAMS, sourceDigest } from '../.ci/write-simd.ts';
import * as segment from '../packages/contracts/src/codec/segment/simd/segment-module.ts';
import * as columnReader from '../packages/contracts/src/codec/simd/reader-module.ts';
import * as codec from '../packages/contracts/src/codec/simd/simd-module.ts';
import * as quant from '../packages/quant/src/slice/simd/simd-module.ts';

const INLINED = { codec, columnReader, quant, segment };
const NAMES = ['codec', 'columnReader', 'quant', 'segment'] as const;

test.for(NAMES)('the SIMD modules of %s were made from their sources', (name) => {
  expect(INLINED[name].SOURCE_SHA256, 'run npm run build:simd').toBe(sourceDigest(PROGRAMS[name]));
});

test.for(NAMES)('the compiler makes those of %s again', async (name, { skip }) => {
  const compiler = await loadCompiler();
  if (compiler === null) return skip('assemblyscript is not installed');
  const inlined: Readonly<Record<string, string>> = INLINED[name];
  for (const [constant, options] of Object.entries(PROGRAMS[name].modules)) {
    expect(await compile(compiler, PROGRAMS[name], options)).toBe(inlined[constant]);
  }
});
