// Runs one command of the vendor's CLI against a simulated shop and prints how long it took: for `make bench`.
//
//   node peer.mjs TOOLS WORK PORT STORE TOKEN WORD…
//
// TOOLS is the folder that the CLI is installed in, WORK an empty one, PORT the simulator's. Only the command itself is timed;
// that it speaks TLS with the front is part of it.

import { openFront } from './front.mjs';
import { vendorCli } from './vendor.mjs';

const [tools, work, port, store, token, ...words] = process.argv.slice(2);
const front = await openFront(work, Number(port));
const cli = vendorCli({ tools, home: work, front, store, token });
const began = performance.now();
const { status, stderr } = await cli(...words);
const milliseconds = performance.now() - began;
front.close();
if (status !== 0) {
  process.stderr.write(stderr);
  process.exitCode = 1;
}
console.log(JSON.stringify({ milliseconds }));
