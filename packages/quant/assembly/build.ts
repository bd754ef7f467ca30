import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** The part of the AssemblyScript compiler's programmatic interface used here. */
interface Compiler {
  main(
    argv: string[],
    io: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: Uint8Array | string): void;
      listFiles(): string[];
    },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

const OPTIONS = [
  '--outFile',
  'kernel.wasm',
  '-O3',
  '--converge',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
];
const RELAXED = ['--enable', 'relaxed-simd'];
const SOURCES = ['kernel', 'exposures', 'polynomials', 'coefficients', 'vector'];
const OUTPUT = new URL('../src/slice/simd/simd-module.ts', import.meta.url);

function source(name: string): string {
  return readFileSync(new URL(`${name}.as`, import.meta.url), 'utf8');
}

/** Digest of everything the modules are made from; recorded beside them and compared by the tests. */
export function sourceDigest(): string {
  const hash = createHash('sha256').update(JSON.stringify([OPTIONS, RELAXED]));
  for (const name of SOURCES) hash.update(`\n${name}\n`).update(source(name));
  return hash.digest('hex');
}

/** The compiler, or null where it is not installed: it is a development dependency. */
export async function loadCompiler(): Promise<Compiler | null> {
  const specifier = 'assemblyscript/asc';
  try {
    return (await import(specifier)) as Compiler;
  } catch {
    return null;
  }
}

/** Compiles the kernel with or without fused multiply-add. */
export async function compile(compiler: Compiler, relaxed: boolean): Promise<Uint8Array> {
  let wasm: Uint8Array | string = '';
  const { error, stderr } = await compiler.main(['kernel.ts', ...OPTIONS, ...(relaxed ? RELAXED : [])], {
    // The sources are named .as, since a TypeScript checker would reject their types and decorators.
    readFile(name) {
      const base = name.replace(/\.ts$/, '');
      return SOURCES.includes(base) ? source(base) : null;
    },
    writeFile(_name, contents) {
      wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`the kernel does not compile:\n${stderr}`, { cause: error });
  if (typeof wasm === 'string') throw new Error('the compiler wrote no module');
  return wasm;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

if (import.meta.main) {
  const compiler = await loadCompiler();
  if (compiler === null) throw new Error('assemblyscript is not installed: npm install');
  const text = `// Made by assembly/build.ts from assembly/*.as; do not edit. The tests compare it with its source.
export const SOURCE_SHA256 = '${sourceDigest()}';

export const SIMD_BASE64 =
  '${base64(await compile(compiler, false))}';

export const RELAXED_SIMD_BASE64 =
  '${base64(await compile(compiler, true))}';
`;
  writeFileSync(OUTPUT, text);
}
