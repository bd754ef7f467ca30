interface Size {
  readonly width: number;
  readonly height: number;
}

const GAP_PX = 2;
/** Stays free at the edges of the window. */
const EDGE_PX = 4;

/**
 * Where a popover stands, as `top` and `right` in CSS pixels of the window: below its button, with its right edge below
 * that of the button, and moved into the window where it would not be within it.
 */
export function placeBelow(
  { bottom, right }: Pick<DOMRect, 'bottom' | 'right'>,
  { width, height }: Size,
  window: Size,
): { readonly top: number; readonly right: number } {
  const fromRight = Math.max(EDGE_PX, window.width - right);
  return {
    top: Math.max(EDGE_PX, Math.min(bottom + GAP_PX, window.height - height - EDGE_PX)),
    right: Math.min(fromRight, Math.max(EDGE_PX, window.width - width - EDGE_PX)),
  };
}
