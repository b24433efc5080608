/**
 * Serves the built page over loopback as the shell serves it to the window: the same files under the same content
 * security policy, with the real core behind them in a home of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Cargo's target folder. */
export const TARGET =
  process.env['CARGO_TARGET_DIR'] ?? fileURLToPath(new URL('../../target', import.meta.url));
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../tauri.conf.json', import.meta.url));

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A served page. */
export interface Host {
  url: string;
  close(): Promise<void>;
}

/** Serves the page and a core that has seen nothing yet, until it is closed. */
export async function serve(): Promise<Host> {
  const policy = await contentSecurityPolicy();
  const core = await startCore();
  const server = createServer((incoming, response) => {
    response.setHeader('content-security-policy', policy);
    const { pathname } = new URL(incoming.url ?? '/', core.url);
    const answered =
      pathname === '/events' || pathname.startsWith('/api/')
        ? ask(core.url, incoming, response)
        : send(pathname, response);
    answered.catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await core.close();
    },
  };
}

async function startCore(): Promise<Host> {
  const home = await mkdtemp(join(tmpdir(), 'slipway-'));
  const child = spawn(join(TARGET, 'debug', 'slipway-web'), ['0', DIST], {
    // Nothing of the tester's own reaches the core: not the workspaces, not the name.
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_CACHE_HOME: join(home, 'cache'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    ended.then(([code]) => {
      throw new Error(`slipway-web ended with ${String(code)}; \`make test-browser\` builds it`);
    }),
  ]);
  return {
    url,
    async close() {
      child.kill();
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Hands a request to the core, and its answer back as it comes: events do not end. */
async function ask(core: string, incoming: IncomingMessage, response: ServerResponse) {
  const { method, headers } = incoming;
  const outgoing = request(new URL(incoming.url ?? '/', core), { method, headers });
  incoming.pipe(outgoing);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(response);
  response.on('close', () => outgoing.destroy());
}

async function send(pathname: string, response: ServerResponse) {
  if (pathname === '/favicon.ico') {
    // Asked for by browsers only; the window takes its icon from the program.
    response.writeHead(204).end();
    return;
  }
  const path = normalize(join(DIST, pathname === '/' ? 'index.html' : pathname));
  const type = TYPES[extname(path)];
  const isThere = path.startsWith(DIST) && (await stat(path).catch(() => null))?.isFile() === true;
  if (!isThere || type === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': type });
  createReadStream(path).pipe(response);
}

async function contentSecurityPolicy(): Promise<string> {
  const config = JSON.parse(await readFile(CONFIG, 'utf8')) as {
    app: { security: { csp: Record<string, string> } };
  };
  return Object.entries(config.app.security.csp)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}
