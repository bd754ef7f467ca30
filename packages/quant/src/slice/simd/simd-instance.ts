import { RELAXED_SIMD_BASE64, SIMD_BASE64 } from './simd-module.ts';

/** What the module made of `assembly` offers. Columns are byte addresses in its memory. */
export interface SimdExports {
  memory: WebAssembly.Memory;
  firstFreeByte: WebAssembly.Global<'i32'>;
  solveIv(
    rows: number,
    strikes: number,
    sides: number,
    prices: number,
    iv: number,
    status: number,
    forward: number,
    yearFraction: number,
    discountFactor: number,
  ): number;
  solveGreeks(
    rows: number,
    strikes: number,
    sides: number,
    prices: number,
    iv: number,
    status: number,
    delta: number,
    gamma: number,
    theta: number,
    vega: number,
    rho: number,
    forward: number,
    yearFraction: number,
    discountFactor: number,
    rate: number,
  ): number;
  addGamma(
    rows: number,
    x: number,
    s: number,
    weight: number,
    totals: number,
    points: number,
    step: number,
  ): void;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * An instance with memory of its own.
 *
 * @param relaxed with fused multiply-add where the processor has it
 * @returns null where WebAssembly, this SIMD proposal, or compiling at run time is not available.
 */
export function instantiateSimd(relaxed: boolean): SimdExports | null {
  try {
    const base64 = relaxed ? RELAXED_SIMD_BASE64 : SIMD_BASE64;
    const module = new WebAssembly.Module(decodeBase64(base64));
    const abort = () => {
      throw new Error('the SIMD kernel aborted');
    };
    return new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as SimdExports;
  } catch {
    return null;
  }
}
