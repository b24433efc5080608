import { describe, expect, it } from 'vitest';
import { formatRoute, MAIN_PAGES, mainRoute, parseRoute, type Route } from './route';

const ROUTES: [Route, string][] = [
  [{ page: 'board' }, '#/board'],
  [{ page: 'release', id: 'r-1', tab: 'changes' }, '#/release/r-1/changes'],
  [{ page: 'release', id: 'été/24 #3', tab: 'plan' }, '#/release/%C3%A9t%C3%A9%2F24%20%233/plan'],
  [{ page: 'release', id: 'r-1', tab: 'plan', environment: 'e-1' }, '#/release/r-1/plan/e-1'],
  [{ page: 'settings', part: 'audit' }, '#/settings/audit'],
  [{ page: 'environment', id: 'e-1' }, '#/environment/e-1'],
  [{ page: 'rollback', environment: 'production' }, '#/rollback/production'],
  [{ page: 'rollback', environment: 'p', deployment: 'd-1' }, '#/rollback/p/d-1'],
  [{ page: 'deployment', id: 'd-1' }, '#/deployment/d-1'],
];

describe('routes', () => {
  it.each(ROUTES)('%j is written as %s and read back', (route, address) => {
    expect(formatRoute(route)).toBe(address);
    expect(parseRoute(address)).toEqual(route);
  });

  it.each([
    ['#/release/r-1', { page: 'release', id: 'r-1', tab: 'overview' }],
    ['#/release/r-1/nonsense', { page: 'release', id: 'r-1', tab: 'overview' }],
    ['#/settings', { page: 'settings', part: 'general' }],
  ])('%s means its first part', (address, route) => expect(parseRoute(address)).toEqual(route));

  it.each(['', '#', '#/', '#/nowhere', '#/release', '#/deployment/', '#/release/%E0%A4%A'])(
    '%j names no place',
    (address) => expect(parseRoute(address)).toBeUndefined(),
  );
});

describe('the places', () => {
  it('has those of the sidebar in their order, each with a first part', () => {
    expect(MAIN_PAGES.map((page) => formatRoute(mainRoute(page)))).toEqual([
      '#/board',
      '#/releases',
      '#/reviews',
      '#/environments',
      '#/activity',
      '#/settings/general',
    ]);
  });

  it.each(['#/constructor', '#/toString'])(
    'takes no name for a place that is none: %s',
    (address) => expect(parseRoute(address)).toBeUndefined(),
  );
});
