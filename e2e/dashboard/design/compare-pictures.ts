import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import type { Box } from './design-page.ts';

/** Distance of two colours, 0 to 1, up to which pixels are the same; pixelmatch leaves out what only smoothes an edge. */
const COLOUR_TOLERANCE = 0.1;

interface Comparison {
  /** Share of the pixels of each story that are others. */
  readonly changed: ReadonlyMap<string, number>;
  /** The picture with these pixels in red. */
  readonly difference: Buffer;
}

/** Pictures of one size story by story, so that a small one counts as much as a large one; null when sizes differ. */
export function comparePictures(before: Buffer, after: Buffer, stories: readonly Box[]): Comparison | null {
  const [old, now] = [PNG.sync.read(before), PNG.sync.read(after)];
  const { width, height } = old;
  if (width !== now.width || height !== now.height) return null;
  const difference = new PNG({ width, height });
  const options = { threshold: COLOUR_TOLERANCE, diffMask: true };
  pixelmatch(old.data, now.data, difference.data, width, height, options);
  const changed = new Map(
    stories.map((box) => [box.name, opaquePixels(difference, box) / (box.width * box.height)]),
  );
  return { changed, difference: PNG.sync.write(difference) };
}

function opaquePixels({ data, width }: PNG, box: Box): number {
  let count = 0;
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) if (data[4 * (y * width + x) + 3] > 0) count += 1;
  }
  return count;
}
