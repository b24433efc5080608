/** Made-up changes and their diffs for tests and the gallery. Nothing that ships imports this. */
import type { ChangeKind } from '../../../generated/ChangeKind';
import type { DiffView } from '../../../generated/DiffView';
import type { FieldRow } from '../../../generated/FieldRow';
import type { Risk } from '../../../generated/Risk';
import type { Row } from '../../../generated/Row';
import { digest } from '../../../lib/domain/testing/release';
import { field, group, hunksOf, line, unified } from '../../../lib/diff/testing/rows';

/** A change and what its diff shows. */
export interface FakeChange {
  resource: string;
  group: readonly string[];
  change: ChangeKind;
  before: number;
  after: number;
  text?: readonly Row[];
  fields?: readonly FieldRow[];
  /** Rows that are made when they are asked for: how many, and each. */
  endless?: { rows: number; row: (at: number) => Row };
  image?: boolean;
  language?: string;
  risk?: Risk;
  reasons?: string[];
  reversible?: boolean;
  neededBy?: string;
  withheld?: string;
}

const HEADER = unified(`
 {%- comment -%} The head of every page. {%- endcomment -%}
@14 {% if section.settings.sticky %}
 <header class="header" data-section-id="{{ section.id }}">
   <div class="header__inner">
     {% render 'logo', size: 'small' %}
-    {% render 'menu', items: ‹linklists.main-menu.links› %}
+    {% render 'menu', items: ‹section.settings.menu, class: 'header__menu'› %}
     <button type="button" class="header__search" aria-label="{{ 'general.search' | t }}">
       {% render 'icon', name: 'search' %}
     </button>
@22 {% schema %}
   "settings": [
     { "type": "checkbox", "id": "sticky", "label": "Sticky", "default": true },
-    { "type": "text", "id": "heading", "label": "Heading" }
+    { "type": "text", "id": "heading", "label": "Heading" }‹,›
+    { "type": "link_list", "id": "menu", "label": "Menu", "default": "main-menu" }
   ]
 }
-{% endschema %}
+{% endschema %}¶`);

const CSS = unified(`
 :root {
-  --colour-accent: ‹#0b6b70›;
+  --colour-accent: ‹#0c7d63›;
   --page-width: 72rem;
 }
@31 .button
 .button {
-  ‹padding: 8px 16px;›
-  border-radius: 4px;
+  ‹padding-block: 8px;›
+  ‹padding-inline: 20px;›
+  border-radius: ‹999px›;
   font-weight: 600;⟦ZERO WIDTH SPACE U+200B⟧
+	transition: background-color 120ms ease;
 }
@12`);

const SNIPPET = unified(
  Array.from(
    { length: 24 },
    (_, at) => `+  <li class="guide__row">{{ guide.rows[${at}] | escape }}</li>`,
  ).join('\n'),
);

const DELETED = unified(
  ['{', '  "type": "main-product",', '  "order": ["title", "price", "buttons"]', '}']
    .map((one) => `-${one}`)
    .join('\n'),
);

const SHIRT: FieldRow[] = [
  field(0, 'title', 'modified', 'Blue shirt', 'Blue ‹linen› shirt'),
  group(0, 'description', 'string'),
  ...unified(`
 <p>A shirt for long days.</p>
-<p>Soft ‹cotton› with a relaxed fit.</p>
+<p>Soft ‹linen› with a relaxed fit, ‹garment-dyed in small batches›.</p>`).map(
    (row): FieldRow => ({ kind: 'text', depth: 1, path: 'description', row }),
  ),
  field(0, 'tags[0]', 'created', null, 'linen'),
  field(0, 'seo.title', 'modified', 'Blue shirt – Northwind', 'Blue ‹linen› shirt – Northwind'),
  group(0, 'variants', 'array'),
  group(1, 'variants[sku=SHIRT-M-BLUE]', 'object'),
  field(2, 'variants[sku=SHIRT-M-BLUE].price', 'modified', '‹29›.00', '‹34›.00', 'number'),
  field(2, 'variants[sku=SHIRT-M-BLUE].compare_at_price', 'modified', 'null', '39.00', 'number'),
  group(1, 'variants[sku=SHIRT-XL-BLUE]', 'object', 'created'),
  field(2, 'variants[sku=SHIRT-XL-BLUE].sku', 'created', null, 'SHIRT-XL-BLUE'),
  field(2, 'variants[sku=SHIRT-XL-BLUE].price', 'created', null, '34.00', 'number'),
  group(1, 'variants[sku=SHIRT-S-BLUE]', 'object', 'moved', { from: 0, to: 2 }),
  field(0, 'published', 'modified', 'false', 'true', 'boolean'),
  field(0, 'vendor', 'deleted', 'Northwind', null),
];

const TOTE: FieldRow[] = [
  field(0, 'handle', 'created', null, 'canvas-tote'),
  field(0, 'title', 'created', null, 'Canvas tote'),
  field(0, 'price', 'created', null, '18.00', 'number'),
  group(0, 'images', 'array', 'created'),
  field(1, 'images[0]', 'created', null, 'assets/tote-front.jpg'),
];

const PIPELINE: FieldRow[] = [
  group(0, 'steps', 'array'),
  field(1, 'steps[name=check-payment]', 'moved', null, 'check-payment'),
  field(1, 'steps[name=score-fraud].threshold', 'modified', '0.‹8›', '0.‹65›', 'number'),
  field(0, 'retries', 'modified', '3', '5', 'number'),
];

/** The changes of the made-up release. */
export const CHANGES: readonly FakeChange[] = [
  {
    resource: 'object/products:blue-shirt',
    group: ['Products'],
    change: 'modified',
    before: 2200,
    after: 2400,
    fields: SHIRT,
    risk: 'high',
    reasons: ['Changes the price of 2 variants.'],
  },
  {
    resource: 'object/products:canvas-tote',
    group: ['Products'],
    change: 'created',
    before: 0,
    after: 900,
    fields: TOTE,
  },
  {
    resource: 'object/products:old-cap',
    group: ['Products'],
    change: 'deleted',
    before: 700,
    after: 0,
    fields: [
      field(0, 'handle', 'deleted', 'old-cap', null),
      field(0, 'title', 'deleted', 'Old cap', null),
    ],
    risk: 'high',
    reversible: false,
    reasons: [
      'Deleting a product also deletes its reviews; a rollback makes it anew without them.',
    ],
  },
  {
    resource: 'object/collections:spring',
    group: ['Collections'],
    change: 'created',
    before: 0,
    after: 400,
    fields: [field(0, 'title', 'created', null, 'Spring')],
    neededBy: 'object/products:blue-shirt',
  },
  {
    resource: 'object/pipelines:order-intake',
    group: ['Pipelines'],
    change: 'modified',
    before: 1200,
    after: 1210,
    fields: PIPELINE,
    risk: 'medium',
    reasons: ['Two other pipelines use this one.'],
  },
  {
    resource: 'theme/file:assets/base.css',
    group: ['Theme', 'assets'],
    change: 'modified',
    before: 9000,
    after: 9100,
    text: CSS,
    language: 'css',
  },
  {
    resource: 'theme/file:assets/hero.png',
    group: ['Theme', 'assets'],
    change: 'modified',
    before: 48_211,
    after: 51_904,
    image: true,
  },
  {
    resource: 'theme/file:assets/fonts/inter.woff2',
    group: ['Theme', 'assets'],
    change: 'created',
    before: 0,
    after: 96_700,
  },
  {
    resource: 'theme/file:config/settings_data.json',
    group: ['Theme', 'config'],
    change: 'modified',
    before: 3000,
    after: 3000,
    fields: [field(0, 'current.logo_width', 'modified', '120', '140', 'number')],
    withheld: 'Every store has its own theme settings.',
  },
  {
    resource: 'theme/file:sections/header.liquid',
    group: ['Theme', 'sections'],
    change: 'modified',
    before: 2100,
    after: 2300,
    text: HEADER,
    language: 'liquid',
    risk: 'medium',
    reasons: ['Shown on every page.'],
  },
  {
    resource: 'theme/file:snippets/size-guide-link.liquid',
    group: ['Theme', 'snippets'],
    change: 'created',
    before: 0,
    after: 1500,
    text: SNIPPET,
    language: 'liquid',
  },
  {
    resource: 'theme/file:templates/product.old.json',
    group: ['Theme', 'templates'],
    change: 'deleted',
    before: 90,
    after: 0,
    text: DELETED,
    language: 'json',
  },
];

/** Very many changes, the first of them a very long file. */
export function manyChanges(count: number, longRows: number): FakeChange[] {
  const long: FakeChange = {
    resource: 'theme/file:assets/catalogue.csv',
    group: ['Theme', 'assets'],
    change: 'created',
    before: 0,
    after: longRows * 40,
    endless: {
      rows: longRows,
      row: (at) => ({
        kind: 'unified',
        mark: 'added',
        before: null,
        after: at + 1,
        line: line(
          `${at + 1};sku-${(at * 7919) % 100_003};Blue linen shirt;${(at % 90) + 9}.00;EUR`,
        ),
      }),
    },
  };
  const sample = CHANGES.filter(
    (change) => change.fields !== undefined || change.text !== undefined,
  );
  const rest = Array.from({ length: count - 1 }, (_, at): FakeChange => {
    const model = sample[at % sample.length] as FakeChange;
    const kind = `kind-${String(Math.floor(at / 500)).padStart(2, '0')}`;
    return {
      ...model,
      resource: `object/${kind}:item-${String(at).padStart(5, '0')}`,
      group: [`Kind ${Math.floor(at / 500) + 1}`],
    };
  });
  return [long, ...rest];
}

/** What the core says of a change's diff. */
export function diffView(
  change: FakeChange,
  rows: readonly (Row | FieldRow)[],
  isSplit: boolean,
): DiffView {
  const side = (size: number, word: string): DiffView['before'] =>
    size === 0
      ? null
      : {
          blob: digest(`${change.resource} ${word}`),
          size_bytes: size,
          dimensions: change.image ? [1200, 480] : null,
          picture: change.image ? 'image/png' : null,
        };
  return {
    content: contentOf(change, rows, isSplit),
    change: change.change,
    before: side(change.before, 'before'),
    after: side(change.after, 'after'),
    reasons: change.reasons ?? [],
    risk: change.risk ?? 'low',
    reversible: change.reversible ?? true,
    limits:
      (change.endless?.rows ?? 0) > 500_000
        ? [
            `Word emphasis is off: the file has ${change.endless?.rows.toLocaleString('en-US')} lines`,
          ]
        : [],
  };
}

function contentOf(
  change: FakeChange,
  rows: readonly (Row | FieldRow)[],
  isSplit: boolean,
): DiffView['content'] {
  if (change.image) return { kind: 'image', mime: 'image/png' };
  if (change.endless) {
    const { rows: count } = change.endless;
    return { kind: 'text', language: '', rows: count, added: count, removed: 0, hunks: [0] };
  }
  if (rows.length === 0) return { kind: 'binary' };
  const first = rows[0] as Row | FieldRow;
  if (first.kind === 'group' || first.kind === 'field' || first.kind === 'text') {
    const fields = rows.filter((row) => row.kind === 'field');
    const of = (kind: string): number => fields.filter((row) => row.change === kind).length;
    return {
      kind: 'fields',
      rows: rows.length,
      counts: { created: of('created'), modified: of('modified'), deleted: of('deleted') },
      moved: of('moved'),
      hunks: rows.flatMap((row, at) => (row.kind === 'field' ? [at] : [])),
    };
  }
  const lines = rows as readonly Row[];
  const marks = lines.flatMap((row) =>
    row.kind === 'unified'
      ? [row.mark]
      : row.kind === 'split' && row.changed
        ? [...(row.left ? ['removed'] : []), ...(row.right ? ['added'] : [])]
        : [],
  );
  void isSplit;
  return {
    kind: 'text',
    language: change.language ?? '',
    rows: rows.length,
    added: marks.filter((mark) => mark === 'added').length,
    removed: marks.filter((mark) => mark === 'removed').length,
    hunks: hunksOf(lines),
  };
}
