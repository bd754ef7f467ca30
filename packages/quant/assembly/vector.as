// Two doubles at a time. `madd` is one instruction where the module is built with relaxed SIMD and the processor
// has fused multiply-add, two otherwise; the kernel is accurate to its stated limits with either rounding.

@inline
export function at(table: usize, index: i32): v128 {
  return v128.load64_splat(table + (<usize>index << 3));
}

/** A number of memory in both places, see the coefficients. */
@inline
export function constant(address: usize): v128 {
  return v128.load64_splat(address);
}

@inline
export function splat(x: f64): v128 {
  return f64x2.splat(x);
}

@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline
export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

/** a b + c */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** c - a b */
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
}
