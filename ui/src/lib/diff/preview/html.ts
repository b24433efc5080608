/**
 * HTML from outside as a tree of what may be shown of it.
 *
 * Invariant: nothing of the text becomes an element, an attribute or a style of the page. A parser that runs nothing and
 * loads nothing reads it; what comes out are texts and a few names of elements, which components then write anew. What is
 * left out (scripts, frames, forms, pictures from elsewhere) is named where it stood.
 */

/** The elements that show: a closed list. */
const SHOWN = new Set(
  'p div br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd strong b em i u s small sub sup code pre blockquote span table thead tbody tr th td figure figcaption a'.split(
    ' ',
  ),
);
/** Elements whose text is no text for readers. */
const LEFT_OUT = new Set(
  'script style iframe object embed form input button select textarea video audio canvas svg math template link meta base img'.split(
    ' ',
  ),
);
/** How much is shown. */
const NODES_MAX = 2_000;
const DEPTH_MAX = 40;

/** A piece of what is shown. */
export type HtmlNode =
  | { kind: 'text'; text: string }
  | { kind: 'element'; tag: string; title: string | undefined; children: HtmlNode[] }
  /** Something that is not shown: `script`, `img hero.png`. */
  | { kind: 'left-out'; what: string }
  | { kind: 'more' };

/** Reads HTML. */
export function htmlNodes(html: string): HtmlNode[] {
  const { body, head } = new DOMParser().parseFromString(html, 'text/html');
  const budget = { left: NODES_MAX };
  // The parser moves what comes before all text into the head.
  return [...nodesOf(head, budget, 0), ...nodesOf(body, budget, 0)];
}

function nodesOf(parent: Node, budget: { left: number }, depth: number): HtmlNode[] {
  const nodes: HtmlNode[] = [];
  for (const child of parent.childNodes) {
    if (budget.left <= 0 || depth > DEPTH_MAX) {
      nodes.push({ kind: 'more' });
      break;
    }
    budget.left -= 1;
    if (child.nodeType === Node.TEXT_NODE) {
      const text = child.textContent ?? '';
      if (text !== '') nodes.push({ kind: 'text', text });
    } else if (child instanceof Element) {
      nodes.push(...elementOf(child, budget, depth));
    }
  }
  return nodes;
}

function elementOf(element: Element, budget: { left: number }, depth: number): HtmlNode[] {
  const tag = element.localName;
  if (LEFT_OUT.has(tag)) {
    const named = element.getAttribute('alt') || fileOf(element.getAttribute('src'));
    return [{ kind: 'left-out', what: named ? `${tag} ${named}` : tag }];
  }
  const children = nodesOf(element, budget, depth + 1);
  if (!SHOWN.has(tag)) return children;
  const title = tag === 'a' ? (element.getAttribute('href') ?? undefined) : undefined;
  return [{ kind: 'element', tag, title, children }];
}

function fileOf(source: string | null): string {
  return source?.split(/[?#]/u)[0]?.split('/').at(-1) ?? '';
}
