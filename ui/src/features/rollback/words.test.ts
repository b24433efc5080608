import { describe, expect, it } from 'vitest';
import type { RollbackItem } from '../../generated/RollbackItem';
import { version } from '../../lib/domain/testing/samples';
import { actionOf, differencesOf, markOf, versionsWords } from './words';

const old = version('old');
const now = version('now');

function item(
  kind: RollbackItem['action']['kind'],
  current: RollbackItem['current'],
  target: RollbackItem['target'],
): RollbackItem {
  return {
    resource: 'theme/file:a',
    action: { kind },
    current,
    target,
    deployed: now,
    source: 'backup',
    edited: false,
    edits: 'keep',
    changed_by: null,
    message: '',
    hint: '',
  };
}

const at = (digest: string): string => digest.slice(0, 8);

describe('a line of a rollback plan', () => {
  it.each([
    [item('restore', now, old), 'Restore', 'modified', `${at(now.digest)} → ${at(old.digest)}`],
    [item('restore', now, null), 'Delete', 'deleted', `${at(now.digest)} → removed`],
    [item('restore', null, old), 'Create again', 'created', `not there → ${at(old.digest)}`],
    [item('merge', now, old), 'Merge', 'modified', `${at(now.digest)} → ${at(old.digest)}`],
    [item('keep', now, now), 'Keep edit', undefined, `stays ${at(now.digest)}`],
    [item('nothing', null, null), 'Already so', undefined, 'stays not there'],
    [item('refuse', now, now), 'Cannot be undone', 'irreversible', `stays ${at(now.digest)}`],
  ])('%# says what happens', (line, action, mark, versions) => {
    expect(actionOf(line).label).toBe(action);
    expect(markOf(line)).toBe(mark);
    expect(versionsWords(line)).toBe(versions);
  });
});

describe('the differences of a resource', () => {
  it.each([
    ['what is put back: the rollback alone', item('restore', now, old), ['rollback']],
    ['what is created again', item('restore', null, old), ['rollback']],
    [
      'what was edited since: the deployed change too',
      { ...item('restore', version('edit'), old), edited: true },
      ['rollback', 'deployment'],
    ],
    ['what stays: the deployed change', item('keep', now, now), ['deployment']],
    ['what is gone already', item('nothing', null, null), ['deployment']],
  ] as const)('%s', (_, line, views) => {
    expect(differencesOf(line, { tag: 'v1' }).map(({ value }) => value)).toEqual(views);
  });
});
