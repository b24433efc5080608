/** Puts a floating element beside another, inside the window. For fixed elements that no library places. */

/** The side of the anchor on which the element is put, if there is room; else the opposite one. */
export type Side = 'top' | 'bottom' | 'left' | 'right';

const GAP = 6;
const MARGIN = 4;

/** Moves `node` (fixed, `inset: auto`) beside `anchor`, centred on it. */
export function place(node: HTMLElement, anchor: Element, side: Side): void {
  const from = anchor.getBoundingClientRect();
  const size = node.getBoundingClientRect();
  const room = { width: window.innerWidth, height: window.innerHeight };
  let left: number;
  let top: number;
  if (side === 'top' || side === 'bottom') {
    left = from.left + (from.width - size.width) / 2;
    const below = from.bottom + GAP;
    const above = from.top - GAP - size.height;
    const fits =
      side === 'bottom'
        ? below + size.height <= room.height - MARGIN || above < MARGIN
        : above < MARGIN;
    top = fits ? below : above;
  } else {
    top = from.top + (from.height - size.height) / 2;
    const right = from.right + GAP;
    const before = from.left - GAP - size.width;
    const fits =
      side === 'right'
        ? right + size.width <= room.width - MARGIN || before < MARGIN
        : before < MARGIN;
    left = fits ? right : before;
  }
  node.style.left = `${Math.round(Math.max(MARGIN, Math.min(left, room.width - size.width - MARGIN)))}px`;
  node.style.top = `${Math.round(Math.max(MARGIN, Math.min(top, room.height - size.height - MARGIN)))}px`;
}
