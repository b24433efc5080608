/** Pictures of changes: bitmaps that the core drew. Captured bytes do not come here. Pure. */
import type { PictureView } from '../../generated/PictureView';

/** A box in pixels of the screen. */
export interface Box {
  width: number;
  height: number;
}

/** Has the picture of a blob drawn into a box. */
export type LoadPicture = (blob: string, box: Box) => Promise<PictureView>;

/** The largest side that is drawn, in pixels of the screen. */
const SIDE_MAX = 2_048;
/** Boxes grow by this much: a window that is resized does not have everything drawn anew with each pixel. */
const STEP = 128;

/** The box to draw for an element of so many CSS pixels, on a screen with so many pixels to each. */
export function boxOf(width: number, height: number, ratio: number): Box {
  const side = (length: number): number =>
    Math.min(SIDE_MAX, Math.max(STEP, Math.ceil((length * ratio) / STEP) * STEP));
  return { width: side(width), height: side(height) };
}

/** The smallest box that holds both. */
export function both(one: Box | undefined, other: Box): Box {
  if (!one) return other;
  const width = Math.max(one.width, other.width);
  const height = Math.max(one.height, other.height);
  return width === one.width && height === one.height ? one : { width, height };
}

/** The source of an `img`. It is a PNG whatever its bytes are: no other kind of picture is decoded in the page. */
export function pngSource(png: string): string {
  return `data:image/png;base64,${png}`;
}
