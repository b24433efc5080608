import { readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { complaint, ROOMS, roomOf } from './rooms.js';

describe('the rooms of src', () => {
  it.each([
    ['features/board/Board.svelte', 'lib/app/router.svelte'],
    ['features/board/Board.svelte', 'features/board/chains'],
    ['features/board/Board.svelte', 'generated/Release'],
    ['lib/parts/plan/DeployDialog.svelte', 'lib/backend'],
    ['app/frame/screens.ts', 'features/board'],
    ['main.ts', 'app/App.svelte'],
    ['gallery/execution/Scene.svelte', 'features/rollback/RollbackPage.svelte'],
  ])('%s may import %s', (from, to) => expect(complaint(from, to)).toBeUndefined());

  it.each([
    ['features/board/Board.svelte', 'features/plan', 'may not know features/plan'],
    ['features/board/Board.svelte', 'app/frame/screens', 'may not know app'],
    ['lib/ui/Badge.svelte', 'generated/Release', 'may not know generated'],
    ['lib/domain/plan/verbs.ts', 'lib/backend', 'may not know lib/backend'],
    ['lib/app/overview.svelte.ts', 'lib/parts/ReleaseRow.svelte', 'may not know lib/parts'],
    ['lib/parts/ReleaseRow.svelte', 'features/board', 'may not know features/board'],
    ['app/frame/screens.ts', 'features/board/Board.svelte', 'by its entry'],
    ['lib/novel/thing.ts', 'lib/ui', 'in no line'],
  ])('%s may not import %s', (from, to, why) => expect(complaint(from, to)).toContain(why));

  it('names no room twice over: each knows only those before it, so there is no ring', () => {
    const order = Object.keys(ROOMS);
    for (const [room, known] of Object.entries(ROOMS)) {
      for (const other of known.filter((name) => name !== 'lib/*')) {
        expect(order.indexOf(other), `${room} → ${other}`).toBeLessThan(order.indexOf(room));
        expect(order, `${room} → ${other}`).toContain(other);
      }
    }
  });

  it('has a line for every folder of lib', () => {
    const folders = readdirSync('src/lib').filter((name) =>
      statSync(`src/lib/${name}`).isDirectory(),
    );
    for (const name of folders) expect(Object.keys(ROOMS)).toContain(roomOf(`lib/${name}/x.ts`));
  });
});
