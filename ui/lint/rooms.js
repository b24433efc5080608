/**
 * Who may know whom in `src`: each room names those that it may import from, and a folder that is in no line is an error,
 * so that a new one can't be forgotten.
 */
import path from 'node:path';

/** What any part of a screen may stand on. */
const LIB = ['generated', 'lib/*'];

/** The rooms, and what each may import. A feature is known by its entry, `index.ts`, and to the frame alone. */
export const ROOMS = {
  generated: [],
  'lib/ui': [],
  // A list that the core answers page by page is a list of the components'.
  'lib/backend': ['generated', 'lib/ui'],
  'lib/theme': ['lib/ui'],
  'lib/domain': ['generated', 'lib/ui'],
  'lib/diff': ['generated', 'lib/ui', 'lib/domain'],
  'lib/app': ['generated', 'lib/backend', 'lib/ui', 'lib/domain'],
  'lib/parts': ['generated', 'lib/backend', 'lib/ui', 'lib/domain', 'lib/diff', 'lib/app'],
  'features/*': LIB,
  app: [...LIB, 'features/*'],
  // The entry: the theme first, then the frame.
  main: ['lib/theme', 'app'],
};

/** Pages for work on single screens, and tests over several rooms; no part of what is built. */
const OUTSIDE = ['gallery', 'tests'];

/** The room of a path below `src`, `features/board` for example; `undefined` for a path outside. */
export function roomOf(file) {
  const [first = '', second] = file.split('/');
  if (file === 'main.ts') return 'main';
  return second !== undefined && (first === 'lib' || first === 'features')
    ? `${first}/${second}`
    : first;
}

/** What is wrong with an import, both as paths below `src`; `undefined` when it is right. */
export function complaint(from, to) {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === other || OUTSIDE.includes(room)) return undefined;
  const known = ROOMS[room] ?? (room.startsWith('features/') ? ROOMS['features/*'] : undefined);
  if (!known) return `src/${room} is in no line of lint/rooms.js: say there what it may know.`;
  if (!known.some((pattern) => matches(pattern, other))) {
    return `${room} may not know ${other}: see lint/rooms.js.`;
  }
  if (other.startsWith('features/') && to !== other && to !== `${other}/index`) {
    return `${other} is known by its entry, ${other}/index.ts.`;
  }
  return undefined;
}

function matches(pattern, room) {
  return pattern.endsWith('*') ? room.startsWith(pattern.slice(0, -1)) : room === pattern;
}

/** The path below `src` that an import leads to; `undefined` where it leaves `src`. */
function target(file, specifier, root) {
  const lib = specifier.startsWith('$lib/') && path.join(root, 'lib', specifier.slice(5));
  const absolute =
    lib || (specifier.startsWith('.') && path.resolve(path.dirname(file), specifier));
  if (!absolute) return undefined;
  const below = path.relative(root, absolute);
  return below.startsWith('..') ? undefined : below.split(path.sep).join('/');
}

/** The rule for ESLint. Tests and fixtures of tests are held to it as well. */
export const rooms = {
  meta: { type: 'problem', schema: [], docs: { description: 'Who may know whom in src.' } },
  create(context) {
    const root = path.join(context.cwd, 'src');
    const from = path.relative(root, context.filename).split(path.sep).join('/');
    const check = ({ source }) => {
      if (typeof source?.value !== 'string') return;
      const to = target(context.filename, source.value, root);
      const message = to === undefined ? undefined : complaint(from, to);
      if (message) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
