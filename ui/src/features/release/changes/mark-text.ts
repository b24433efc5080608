/** Marks a text where it shows in the diffs, by the browser's highlights: nothing in the page changes. */

const NAME = 'diff-found';
/** More marks than that help nobody. */
const MARKS_MAX = 2_000;

/** Marks every place of `text` inside the rows below `root`, without regard to case; an empty text takes the marks away. */
export function markText(root: Element | null, text: string): void {
  if (typeof CSS === 'undefined' || !('highlights' in CSS)) return;
  CSS.highlights.delete(NAME);
  if (!root || text === '') return;
  const wanted = text.toLowerCase();
  const ranges: Range[] = [];
  for (const row of root.querySelectorAll('[data-row]')) {
    mark(row, wanted, ranges);
    if (ranges.length > MARKS_MAX) break;
  }
  CSS.highlights.set(NAME, new Highlight(...ranges));
}

function mark(row: Element, wanted: string, ranges: Range[]): void {
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  let whole = '';
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    nodes.push(node);
    whole += node.data.toLowerCase();
  }
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) {
    const range = new Range();
    const start = locate(nodes, at);
    const end = locate(nodes, at + wanted.length);
    if (!start || !end) return;
    range.setStart(start.node, start.offset);
    range.setEnd(end.node, end.offset);
    ranges.push(range);
  }
}

function locate(nodes: readonly Text[], at: number): { node: Text; offset: number } | undefined {
  let left = at;
  for (const node of nodes) {
    if (left <= node.length) return { node, offset: left };
    left -= node.length;
  }
  return undefined;
}
