// The simulated shops, in a process of their own, and a look into them that does not go through the CLI.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const THEMES = 'query { themes(first: 50) { nodes { id name role } } }';
const FILES = `query Files($theme: ID!, $after: String) {
  theme(id: $theme) {
    files(first: 50, after: $after) {
      nodes {
        filename
        body {
          ... on OnlineStoreThemeFileBodyText { content }
          ... on OnlineStoreThemeFileBodyBase64 { contentBase64 }
          ... on OnlineStoreThemeFileBodyUrl { url }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Starts the program `slipway` as the server of shops, each given as NAME=SEED. */
export async function openShops(slipway, home, specs) {
  const words = [
    'sandbox',
    '--json',
    '--port',
    '0',
    '--with-parent',
    ...specs.flatMap((spec) => ['--shop', spec]),
  ];
  const env = { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home, TMPDIR: home };
  // It serves for as long as its standard input is open.
  const child = spawn(slipway, words, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), ended.then(() => undefined)]);
  if (line === undefined) throw new Error(`${slipway} ended before it served the shops`);
  const { shops } = JSON.parse(line[0]);
  return {
    port: Number(new URL(shops[0].base_url).port),
    named: (name) => look(shops.find((shop) => shop.store === `${name}.myshopify.com`)),
    async close() {
      child.kill();
      await ended;
    },
  };
}

function look({ store, base_url, token, theme_access }) {
  async function ask(query, variables = {}) {
    const answer = await fetch(`${base_url}/admin/api/2026-10/graphql.json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-shopify-access-token': token },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(`${store}: ${JSON.stringify(errors)}`);
    return data;
  }
  return {
    store,
    token,
    themeAccess: theme_access,
    /** The themes in the order of their ids, each named as the CLI names it. */
    async themes() {
      const { nodes } = (await ask(THEMES)).themes;
      const themes = nodes.map(({ id, name, role }) => ({
        id: Number(id.split('/').pop()),
        name,
        role: role === 'MAIN' ? 'live' : role.toLowerCase(),
      }));
      return themes.sort((a, b) => a.id - b.id);
    },
    /** The files of a theme: a map from each name to its bytes. */
    async files(id) {
      const files = new Map();
      let page = { hasNextPage: true, endCursor: null };
      while (page.hasNextPage) {
        const variables = { theme: `gid://shopify/OnlineStoreTheme/${id}`, after: page.endCursor };
        const { nodes, pageInfo } = (await ask(FILES, variables)).theme.files;
        for (const { filename, body } of nodes) files.set(filename, await bytes(body));
        page = pageInfo;
      }
      return files;
    },
  };
}

async function bytes({ content, contentBase64, url }) {
  if (content !== undefined) return Buffer.from(content);
  if (contentBase64 !== undefined) return Buffer.from(contentBase64, 'base64');
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}
