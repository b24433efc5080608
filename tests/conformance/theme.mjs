// A theme of the project's own with what is hard to carry: every kind of file, bytes that are no text, letters outside ASCII, files
// without a last line break, lines that end as on Windows, more files than one request takes.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SECTIONS = 40;
const SNIPPETS = 30;

/** The theme's files: a map from each name to its bytes. */
export function sampleTheme() {
  const files = new Map();
  const add = (name, content) => files.set(name, Buffer.from(content));
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  for (const name of ['theme', 'password']) {
    add(
      `layout/${name}.liquid`,
      '<!doctype html>\n<html>\n<head>{{ content_for_header }}</head>\n<body>{{ content_for_layout }}</body>\n</html>\n',
    );
  }
  add(
    'config/settings_schema.json',
    json([{ name: 'theme_info', theme_name: 'Quay', theme_version: '1.0.0' }]),
  );
  add(
    'config/settings_data.json',
    `/*\n * Written by the editor.\n */\n${json({ current: { accent: '#0a6', note: 'a  "quoted"\\ /* text */' } })}`,
  );
  add('locales/en.default.json', json({ cart: { title: 'Your cart' } }));
  add('locales/de.json', json({ cart: { title: 'Ihr Warenkorb – schön, größer, 🚢' } }));
  const order = [];
  const sections = {};
  for (let number = 0; number < SECTIONS; number += 1) {
    const schema = json({
      name: `Section ${number}`,
      settings: [],
      presets: [{ name: `Section ${number}` }],
    });
    const body = `<p>{{ 'cart.title' | t }} № ${number}</p>\n`.repeat(number + 1);
    add(`sections/quay-${number}.liquid`, `${body}{% schema %}\n${schema}{% endschema %}\n`);
    order.push(`s${number}`);
    sections[`s${number}`] = { type: `quay-${number}`, settings: {} };
  }
  add(
    'sections/header-group.json',
    json({ type: 'header', name: 'Header', sections: { a: { type: 'quay-0' } }, order: ['a'] }),
  );
  add('templates/index.json', json({ sections, order }));
  add('templates/product.json', json({ sections: { main: { type: 'quay-1' } }, order: ['main'] }));
  add(
    'templates/product.context.de.json',
    json({ parent: 'product', context: { market: 'de' }, sections: {} }),
  );
  add('templates/page.liquid', '{{ page.content }}');
  add(
    'templates/customers/login.json',
    json({ sections: { main: { type: 'quay-2' } }, order: ['main'] }),
  );
  add(
    'blocks/note.liquid',
    '<em>{{ block.settings.text }}</em>\n{% schema %}\n{"name": "Note", "settings": []}\n{% endschema %}\n',
  );
  for (let number = 0; number < SNIPPETS; number += 1) {
    add(
      `snippets/part-${number}.liquid`,
      `{%- assign part = ${number} -%}\n<i data-part="{{ part }}">Ω${'≈'.repeat(number)}</i>`,
    );
  }
  add('assets/quay.css', '.quay { content: "→"; }\n');
  add('assets/themed.css.liquid', '.themed { color: {{ settings.accent }}; }\n');
  add('assets/windows.css', 'a { color: red; }\r\nb { color: blue; }\r\n');
  add('assets/windows.txt', 'kept\r\nas it is\r\n');
  add('assets/quay.js', 'document.title += "\\u2713";\n');
  add('assets/mark.svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>');
  add(
    'assets/every-byte.woff2',
    Uint8Array.from({ length: 4096 }, (_, at) => (at * 7 + (at >> 8)) & 255),
  );
  add(
    'assets/large.png',
    Uint8Array.from({ length: 1_200_000 }, (_, at) => (at * 31 + (at >> 7)) & 255),
  );
  return files;
}

/** Writes a theme's files below a folder. */
export function writeTheme(folder, files) {
  for (const [name, content] of files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** All files below a folder, as a theme's. */
export function readTheme(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    entries.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), readFileSync(file)];
    }),
  );
}

/** Changes one file, adds one, and deletes one that another names. */
export function alter(files) {
  files.set('snippets/part-3.liquid', Buffer.from('changed\n'));
  files.set('assets/added.txt', Buffer.from('added'));
  const index = JSON.parse(files.get('templates/index.json'));
  delete index.sections[index.order.pop()];
  files.set('templates/index.json', Buffer.from(JSON.stringify(index)));
  files.delete(`sections/quay-${SECTIONS - 1}.liquid`);
}

/**
 * A theme as a store keeps it: stylesheets and the like with line feeds only, and the settings' values without their comment
 * and without white space between them.
 */
export function asStored(files) {
  const settings = 'config/settings_data.json';
  const stored = new Map(
    [...files].map(([name, content]) => {
      const isText = /\.(liquid|json|css|js|svg)$/.test(name);
      return [name, isText ? Buffer.from(content.toString().replaceAll('\r\n', '\n')) : content];
    }),
  );
  const text = stored
    .get(settings)
    .toString()
    .replace(/^\s*\/\*[^]*?\*\//, '');
  return stored.set(settings, Buffer.from(JSON.stringify(JSON.parse(text))));
}

/** How two themes differ, byte for byte; nothing when they don't. */
export function differences(expected, found) {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].sort().flatMap((name) => {
    const [left, right] = [expected.get(name), found.get(name)];
    if (left === undefined) return [`${name}: not expected`];
    if (right === undefined) return [`${name}: missing`];
    return left.equals(right)
      ? []
      : [`${name}: ${left.length} bytes expected, ${right.length} others found`];
  });
}
