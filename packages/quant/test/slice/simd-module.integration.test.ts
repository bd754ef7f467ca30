import { expect, test } from 'vitest';
import { compile, loadCompiler, sourceDigest } from '../../assembly/build.ts';
import { RELAXED_SIMD_BASE64, SIMD_BASE64, SOURCE_SHA256 } from '../../src/slice/simd/simd-module.ts';

test('the SIMD modules were made from the sources beside them', () => {
  expect(SOURCE_SHA256, 'run node packages/quant/assembly/build.ts').toBe(sourceDigest());
});

test('the compiler makes the same modules again', async ({ skip }) => {
  const compiler = await loadCompiler();
  if (compiler === null) return skip('assemblyscript is not installed');
  expect(Buffer.from(await compile(compiler, false)).toString('base64')).toBe(SIMD_BASE64);
  expect(Buffer.from(await compile(compiler, true)).toString('base64')).toBe(RELAXED_SIMD_BASE64);
});
