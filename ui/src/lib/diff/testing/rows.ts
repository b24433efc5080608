/** Made-up rows of diffs for tests and the gallery. Nothing that ships imports this. */
import type { EntryKind } from '../../../generated/EntryKind';
import type { FieldRow } from '../../../generated/FieldRow';
import type { FieldValue } from '../../../generated/FieldValue';
import type { Line } from '../../../generated/Line';
import type { Row } from '../../../generated/Row';
import type { Segment } from '../../../generated/Segment';
import type { ValueType } from '../../../generated/ValueType';

/** Segments of a text in which `‹…›` is emphasised and `⟦NAME U+0000⟧` is a hidden character. */
export function segments(text: string): Segment[] {
  return text
    .split(/(‹[^›]*›|⟦[^⟧]*⟧)/u)
    .filter((part) => part !== '')
    .map((part): Segment => {
      if (part.startsWith('‹')) return { text: part.slice(1, -1), emphasis: true, hidden: null };
      if (part.startsWith('⟦')) {
        const [, name = '', code = ''] = /^⟦(.*) (\S+)⟧$/u.exec(part) ?? [];
        return { text: code, emphasis: false, hidden: { name, code } };
      }
      return { text: part, emphasis: false, hidden: null };
    });
}

/** A line that ends as usual. */
export function line(text: string, over: Partial<Line> = {}): Line {
  return {
    segments: segments(text),
    ending: 'lf',
    ending_changed: false,
    skipped_chars: 0,
    truncated: null,
    ...over,
  };
}

/** Unified rows of a patch: lines that begin with a space, `-` or `+`; `@12` hides lines up to 12. */
export function unified(patch: string): Row[] {
  let before = 1;
  let after = 1;
  return patch
    .replace(/^\n|\n$/gu, '')
    .split('\n')
    .map((raw): Row => {
      const text = raw.slice(1);
      if (raw.startsWith('@')) {
        const hidden = Number(text.split(' ')[0]);
        const gap: Row = {
          kind: 'gap',
          id: after - 1,
          hidden,
          opens_down: after > 1,
          opens_up: true,
          hunk: {
            before_start: before + hidden,
            before_count: 1,
            after_start: after + hidden,
            after_count: 1,
            section: text.split(' ').slice(1).join(' ') || null,
          },
        };
        before += hidden;
        after += hidden;
        return gap;
      }
      const ending = text.endsWith('¶') ? ('none' as const) : ('lf' as const);
      const said = line(text.replace(/¶$/u, ''), { ending });
      if (raw.startsWith('-')) {
        return { kind: 'unified', mark: 'removed', before: before++, after: null, line: said };
      }
      if (raw.startsWith('+')) {
        return { kind: 'unified', mark: 'added', before: null, after: after++, line: said };
      }
      return { kind: 'unified', mark: 'context', before: before++, after: after++, line: said };
    });
}

/** The same rows in two columns. */
export function split(rows: readonly Row[]): Row[] {
  const out: Row[] = [];
  let at = 0;
  while (at < rows.length) {
    const row = rows[at] as Row;
    if (row.kind !== 'unified') {
      out.push(row);
      at += 1;
    } else if (row.mark === 'context') {
      out.push({
        kind: 'split',
        changed: false,
        left: { number: row.before ?? 0, line: row.line },
        right: { number: row.after ?? 0, line: row.line },
      });
      at += 1;
    } else {
      const run: Extract<Row, { kind: 'unified' }>[] = [];
      for (; at < rows.length; at += 1) {
        const next = rows[at] as Row;
        if (next.kind !== 'unified' || next.mark === 'context') break;
        run.push(next);
      }
      const removed = run.filter((one) => one.mark === 'removed');
      const added = run.filter((one) => one.mark === 'added');
      for (let pair = 0; pair < Math.max(removed.length, added.length); pair += 1) {
        const left = removed[pair];
        const right = added[pair];
        out.push({
          kind: 'split',
          changed: true,
          left: left ? { number: left.before ?? 0, line: left.line } : null,
          right: right ? { number: right.after ?? 0, line: right.line } : null,
        });
      }
    }
  }
  return out;
}

/** The row at which each change of lines begins. */
export function hunksOf(rows: readonly Row[]): number[] {
  return rows.flatMap((row, at) => {
    const before = rows[at - 1];
    const isChange = (one: Row | undefined): boolean =>
      (one?.kind === 'unified' && one.mark !== 'context') || (one?.kind === 'split' && one.changed);
    return isChange(row) && !isChange(before) ? [at] : [];
  });
}

function value(text: string, type: ValueType = 'string'): FieldValue {
  return { value_type: type, segments: segments(text), skipped_chars: 0, truncated: null };
}

/** A field. `depth` follows from how often the path is nested. */
export function field(
  depth: number,
  path: string,
  change: EntryKind,
  before: string | null,
  after: string | null,
  type: ValueType = 'string',
): FieldRow {
  return {
    kind: 'field',
    depth,
    path,
    label: labelOf(path),
    change,
    moved: null,
    before: before === null ? null : value(before, type),
    after: after === null ? null : value(after, type),
  };
}

/** The head of an object, an array or a text. */
export function group(
  depth: number,
  path: string,
  type: ValueType,
  change: EntryKind | null = null,
  moved: { from: number; to: number } | null = null,
): FieldRow {
  return { kind: 'group', depth, path, label: labelOf(path), value_type: type, change, moved };
}

function labelOf(path: string): string {
  return /(\[[^[\]]*\]|[^.[\]]+)$/u.exec(path)?.[1] ?? path;
}
