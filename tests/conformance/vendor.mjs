// The vendor's own CLI, run as a stranger to this machine: a home of its own, one shop, and the front as its only way out.

import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

/** How long one command may take. */
const LIMIT_MS = 180_000;

/** A function that runs the CLI installed in `tools` against one shop, and gives what it printed. */
export function vendorCli({ tools, home, front, store, token }) {
  const entry = path.join(tools, 'node_modules/@shopify/cli/bin/run.js');
  mkdirSync(home, { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: home,
    CI: '1',
    NO_COLOR: '1',
    // Where it asks for newer versions of itself; it does not survive being refused a connection there.
    npm_config_registry: front.url,
    SHOPIFY_CLI_NOTIFICATIONS_URL: front.url,
    NODE_EXTRA_CA_CERTS: front.certificate,
    SHOPIFY_HTTP_PROXY: front.url,
    SHOPIFY_HTTPS_PROXY: front.url,
    // Where it sends what it asks with a Theme Access password, and names the shop in a header.
    SHOPIFY_CLI_THEME_KIT_ACCESS_DOMAIN: 'theme-access.myshopify.com',
    SHOPIFY_CLI_NO_ANALYTICS: '1',
    SHOPIFY_FLAG_STORE: store,
    SHOPIFY_CLI_THEME_TOKEN: token,
  };
  return (...words) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [entry, ...words], {
        env,
        cwd: home,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const printed = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr']) {
        child[stream].setEncoding('utf8').on('data', (text) => (printed[stream] += text));
      }
      const alarm = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      child.on('error', reject).on('close', (status, signal) => {
        clearTimeout(alarm);
        resolve({ ...printed, status: signal ?? status });
      });
    });
}
