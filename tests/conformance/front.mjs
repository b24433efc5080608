// A TLS front on loopback: for a client that it serves as a proxy it is every shop's own host, `NAME.myshopify.com`, and hands on
// what is asked to the simulator. Any other host is refused, so that nothing leaves this machine.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

const SHOPS = '.myshopify.com';

/** Makes a certificate for every shop's host, which is its own authority, in `folder`. */
function certificate(folder) {
  const [key, cert] = ['front.key', 'front.pem'].map((name) => path.join(folder, name));
  const arguments_ = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  arguments_.push('-subj', '/CN=Slipway conformance', '-addext', `subjectAltName=DNS:*${SHOPS}`);
  execFileSync('openssl', [...arguments_, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}

/**
 * Opens the front before the simulator at `port`.
 *
 * `calls` grows by one entry for each request: the shop's host, the operation's name, its variables, and the answer's status
 * and errors.
 */
export async function openFront(folder, port) {
  const { key, cert, file } = certificate(folder);
  const calls = [];
  const refused = new Set();
  const tls = https.createServer({ key, cert }, (request, response) =>
    forward(request, response, port, calls),
  );
  const proxy = http.createServer((request, response) => {
    const { host } = new URL(request.url, `http://127.0.0.1:${proxy.address().port}`);
    // A program that asks for news of itself is told, at the front's own address, that there is none.
    if (host !== `127.0.0.1:${proxy.address().port}`) refused.add(host);
    response.writeHead(404).end();
  });
  proxy.on('connect', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!request.url.endsWith(`${SHOPS}:443`)) {
      refused.add(request.url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    tls.emit('connection', socket);
  });
  await new Promise((resolve, reject) =>
    proxy.once('error', reject).listen(0, '127.0.0.1', resolve),
  );
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    certificate: file,
    calls,
    refused,
    close() {
      proxy.close();
      proxy.closeAllConnections();
      tls.closeAllConnections();
    },
  };
}

/** Hands a request on as it came, and its answer back as it came. */
async function forward(request, response, port, calls) {
  try {
    const body = await whole(request);
    const call = { shop: request.headers.host, path: request.url, ...operation(body) };
    calls.push(call);
    const { method, url, headers } = request;
    const answer = await new Promise((resolve, reject) => {
      const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, resolve);
      onward.on('error', reject).end(body);
    });
    const answered = await whole(answer);
    Object.assign(call, outcome(answer.statusCode, answered));
    response.writeHead(answer.statusCode, answer.headers).end(answered);
  } catch (error) {
    response.destroy(error);
  }
}

async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function parsed(body) {
  try {
    return JSON.parse(body.toString());
  } catch {
    return {};
  }
}

function operation(body) {
  const { operationName, query = '', variables = {} } = parsed(body);
  return {
    operation: operationName ?? /^\s*(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? '',
    variables,
  };
}

function outcome(status, body) {
  const { data, errors = [] } = parsed(body);
  const userErrors = Object.values(data ?? {}).flatMap((field) => field?.userErrors ?? []);
  return { status, errors: [...errors, ...userErrors] };
}
