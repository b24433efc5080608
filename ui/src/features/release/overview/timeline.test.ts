import { describe, expect, it } from 'vitest';
import { releaseView } from '../../../lib/domain/testing/release';
import { timelineOf } from './timeline';

describe('timelineOf', () => {
  it('tells the story in order, with answers under their remark', () => {
    const { release } = releaseView('open');
    const moments = timelineOf(release, ['r1']);
    expect(moments.map(({ id }) => id)).toEqual([
      'made',
      'revision 1',
      'r1',
      'c5',
      'revision 2',
      'c1',
      'r2',
      'c3',
      'c4',
    ]);
    expect(moments.find(({ id }) => id === 'r1')).toMatchObject({ isOutdated: true });
    expect(moments.find(({ id }) => id === 'revision 2')).toMatchObject({ isLatest: true });
    expect(moments.find(({ id }) => id === 'c1')).toMatchObject({
      thread: { replies: [{ id: 'c2' }] },
    });
  });

  it('begins with the making, also when all has one time', () => {
    const { release } = releaseView('open');
    const at = release.created_at;
    const same = {
      ...release,
      revisions: release.revisions.map((one) => ({ ...one, at })),
      reviews: release.reviews.map((one) => ({ ...one, at })),
      comments: [],
    };
    expect(timelineOf(same, []).map(({ kind }) => kind)).toEqual([
      'made',
      'sealed',
      'sealed',
      'reviewed',
      'reviewed',
    ]);
  });
});
