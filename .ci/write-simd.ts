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

/** AssemblyScript sources that are one program, and the file that its modules are inlined in. */
interface Program {
  readonly folder: string;
  /** The first one exports what the module offers. */
  readonly sources: readonly string[];
  readonly output: string;
  /** Constants of the output, each with further options of the compiler. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
}

export const PROGRAMS = {
  quant: {
    folder: 'packages/quant/assembly',
    sources: ['kernel', 'exposures', 'polynomials', 'coefficients', 'vector'],
    output: 'packages/quant/src/slice/simd/simd-module.ts',
    modules: { SIMD_BASE64: [], RELAXED_SIMD_BASE64: ['--enable', 'relaxed-simd'] },
  },
  codec: {
    folder: 'packages/contracts/assembly',
    sources: ['columns', 'integers', 'residuals'],
    output: 'packages/contracts/src/codec/simd/simd-module.ts',
    modules: { SIMD_BASE64: [] },
  },
  columnReader: {
    folder: 'packages/contracts/assembly',
    sources: ['read-columns'],
    output: 'packages/contracts/src/codec/simd/reader-module.ts',
    modules: { SIMD_BASE64: [] },
  },
  segment: {
    folder: 'packages/contracts/assembly',
    sources: ['segment', 'group', 'by-snapshot', 'predictions', 'greeks'],
    output: 'packages/contracts/src/codec/segment/simd/segment-module.ts',
    modules: { SIMD_BASE64: [] },
  },
} as const satisfies Record<string, Program>;

const OPTIONS = [
  '--outFile',
  'module.wasm',
  '-O3',
  '--converge',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
];
const ROOT = new URL('../', import.meta.url);

const source = ({ folder }: Program, name: string): string =>
  readFileSync(new URL(`${folder}/${name}.as`, ROOT), 'utf8');

/** Digest of everything the modules are made from; recorded beside them and compared by the tests. */
export function sourceDigest(program: Program): string {
  const hash = createHash('sha256').update(JSON.stringify([OPTIONS, program.modules]));
  for (const name of program.sources) hash.update(`\n${name}\n`).update(source(program, name));
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

/** Compiles a program with further options; returns the module in base 64. */
export async function compile(
  compiler: Compiler,
  program: Program,
  options: readonly string[],
): Promise<string> {
  let wasm: Uint8Array | string = '';
  const { error, stderr } = await compiler.main([`${program.sources[0]}.ts`, ...OPTIONS, ...options], {
    // The sources are named .as, since a TypeScript checker would reject their types and decorators.
    readFile(name) {
      const base = name.replace(/\.ts$/, '');
      return program.sources.includes(base) ? source(program, base) : null;
    },
    writeFile(_name, contents) {
      wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`${program.folder} does not compile:\n${stderr}`, { cause: error });
  if (typeof wasm === 'string') throw new Error('the compiler wrote no module');
  return Buffer.from(wasm).toString('base64');
}

if (import.meta.main) {
  const compiler = await loadCompiler();
  if (compiler === null) throw new Error('assemblyscript is not installed: npm install');
  for (const program of Object.values<Program>(PROGRAMS)) {
    let text = `// Made by .ci/write-simd.ts from ${program.folder}/*.as; do not edit. The tests compare it with its source.
export const SOURCE_SHA256 = '${sourceDigest(program)}';
`;
    for (const [name, options] of Object.entries(program.modules)) {
      text += `\nexport const ${name} =\n  '${await compile(compiler, program, options)}';\n`;
    }
    writeFileSync(new URL(program.output, ROOT), text);
  }
}
