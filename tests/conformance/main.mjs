// Runs the vendor's own CLI against the simulated shops and checks what it did: `make conformance`.
//
//   node main.mjs SLIPWAY TOOLS    the program `slipway`, and the folder that the CLI is installed in
//
// Each step is one line; the first that differs says how, and the run ends with a status other than 0 when any did.

import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { openFront } from './front.mjs';
import { openShops } from './shops.mjs';
import { alter, asStored, differences, readTheme, sampleTheme, writeTheme } from './theme.mjs';
import { vendorCli } from './vendor.mjs';

const [slipway, tools] = process.argv.slice(2);
if (!slipway || !tools) throw new Error('usage: main.mjs SLIPWAY TOOLS');

const work = mkdtempSync(path.join(tmpdir(), 'slipway-conformance-'));
const shops = await openShops(slipway, work, ['harbour=northwind-development']);
const front = await openFront(work, shops.port);
let failed = 0;
try {
  await journey(shops.named('harbour'));
} catch (error) {
  failed += 1;
  console.log(`FAILED  ${error.stack}`);
} finally {
  front.close();
  await shops.close();
  rmSync(work, { recursive: true, force: true });
}
if (failed > 0) {
  console.log(`${failed} of the checks failed`);
  process.exitCode = 1;
}

/** Notes a check: `problems` is what is wrong. */
function check(what, problems) {
  const list = problems.slice(0, 12).map((problem) => `\n          ${problem}`);
  if (problems.length > 12) list.push(`\n          and ${problems.length - 12} more`);
  if (problems.length > 0) failed += 1;
  console.log(problems.length > 0 ? `FAILED  ${what}${list.join('')}` : `ok      ${what}`);
}

function equal(what, expected, found) {
  const [left, right] = [expected, found].map((value) => JSON.stringify(value));
  check(what, left === right ? [] : [`expected ${left}`, `found    ${right}`]);
}

/** Every command of a theme's life, from the list to the deletion. */
async function journey(shop) {
  const cli = vendorCli({
    tools,
    home: path.join(work, 'home'),
    front,
    store: shop.store,
    token: shop.token,
  });

  /** Runs a command, which is to end well; gives what it printed and which requests it made. */
  async function run(...words) {
    const from = front.calls.length;
    const done = await cli('theme', ...words);
    const calls = front.calls.slice(from);
    const errors = calls.flatMap((call) =>
      call.errors.map((error) => `${call.operation}: ${JSON.stringify(error)}`),
    );
    const printed = done.status === 0 ? [] : [`status ${done.status}`, done.stderr.trim()];
    // A refused host names an outer service that the CLI wanted and that nothing here answers.
    const strays = [...front.refused].map((host) => `it asked for ${host}`);
    front.refused.clear();
    check(`theme ${words.join(' ').replaceAll(work, '…')}`, [...printed, ...errors, ...strays]);
    return { ...done, calls };
  }

  /** Pulls a theme into a folder of its own. */
  async function pull(name, theme) {
    const folder = path.join(work, name);
    mkdirSync(folder);
    await run('pull', '--path', folder, ...theme);
    return folder;
  }

  /** The themes as the CLI lists them. */
  async function list() {
    const { stdout } = await run('list', '--json');
    return listed(stdout);
  }

  equal('  lists the shop’s themes', await shop.themes(), await list());

  const first = await pull('first', ['--live']);
  const [live] = await shop.themes();
  check(
    '  has the live theme, byte for byte',
    differences(await shop.files(live.id), readTheme(first)),
  );
  const again = await run(
    'push',
    '--path',
    first,
    '--theme',
    String(live.id),
    '--allow-live',
    '--json',
  );
  // It adds the layouts that it takes for the least of a theme; they are none of those pulled.
  const pulled = readTheme(first);
  equal(
    '  sends nothing of what was just pulled',
    [],
    sentFiles(again.calls).filter((name) => pulled.has(name)),
  );

  const theme = sampleTheme();
  const folder = writeTheme(path.join(work, 'theme'), theme);
  const pushed = await run('push', '--path', folder, '--unpublished', '--theme', 'Quay', '--json');
  equal(
    '  sends every file',
    [...theme.keys()].sort(),
    [...new Set(sentFiles(pushed.calls))].sort(),
  );
  const report = JSON.parse(pushed.stdout).theme;
  equal('  has nothing to warn of', [undefined, undefined], [report.warning, report.errors]);
  const { id } = report;
  check(
    '  leaves the theme as sent, byte for byte',
    differences(asStored(theme), await shop.files(id)),
  );

  const second = await run('push', '--path', folder, '--theme', String(id), '--json');
  equal('  sends nothing the second time', [], sentFiles(second.calls));

  alter(theme);
  rmSync(folder, { recursive: true });
  writeTheme(folder, theme);
  const third = await run('push', '--path', folder, '--theme', String(id), '--json');
  equal(
    '  sends what changed and deletes what is gone',
    [
      'assets/added.txt',
      'sections/quay-39.liquid',
      'snippets/part-3.liquid',
      'templates/index.json',
    ],
    sentFiles(third.calls).sort(),
  );
  const back = await pull('back', ['--theme', String(id)]);
  check('  brings the theme back, byte for byte', differences(asStored(theme), readTheme(back)));

  const duplicated = await run(
    'duplicate',
    '--theme',
    String(id),
    '--name',
    'Quay two',
    '--force',
    '--json',
  );
  const copy = JSON.parse(duplicated.stdout).theme;
  const copied = await pull('copy', ['--theme', String(copy.id)]);
  check('  has the same files, byte for byte', differences(asStored(theme), readTheme(copied)));

  await run('publish', '--theme', String(copy.id), '--force');
  const roles = Object.fromEntries((await list()).map((one) => [one.name, one.role]));
  const expected = { [live.name]: 'unpublished', Quay: 'unpublished', 'Quay two': 'live' };
  equal('  puts the copy in the place of the live theme', expected, roles);

  await run('delete', '--theme', String(id), '--force');
  equal('  leaves the other themes', await shop.themes(), await list());
  equal(
    '  leaves no theme of that id',
    false,
    (await shop.themes()).some((one) => one.id === id),
  );

  const home = path.join(work, 'home');
  const guest = vendorCli({ tools, home, front, store: shop.store, token: shop.themeAccess });
  const seen = await guest('theme', 'list', '--json');
  equal('theme list, with a Theme Access password', await shop.themes(), listed(seen.stdout));
  const stranger = vendorCli({ tools, home, front, store: shop.store, token: 'shpat_0000' });
  const refused = await stranger('theme', 'list', '--json');
  equal(
    'theme list, with a token of nobody',
    [1, 401],
    [refused.status, front.calls.at(-1).status],
  );
}

/** The themes of a list that the CLI printed, in the order of their ids; none where it printed no list. */
function listed(stdout) {
  const themes = JSON.parse(stdout || '[]').map(({ id, name, role }) => ({ id, name, role }));
  return themes.sort((a, b) => a.id - b.id);
}

/** The names of the theme files that these requests wrote or deleted. */
function sentFiles(calls) {
  return calls.flatMap(({ operation, variables }) =>
    /^themeFiles(Upsert|Delete)$/i.test(operation)
      ? variables.files.map((file) => file.filename ?? file)
      : [],
  );
}
