let known: boolean | null = null;

/** Whether this browser draws by WebGL; asked once, since each answer costs a context. */
export function hasWebGl(): boolean {
  known ??= document.createElement('canvas').getContext('webgl') !== null;
  return known;
}
