/** Where an environment is, as people read it. Pure. */

/**
 * The part of a place that tells it from no other, and is cut first where there is no room: of a store, what follows its own
 * name, up to its theme. `undefined` for a folder, whose end tells it from others.
 */
export function commonPart(place: string): readonly [from: number, to: number] | undefined {
  const store = /^([a-z0-9-]+)(\.myshopify\.com.*?)(?:, theme \d+)?$/iu.exec(place);
  if (!store) return undefined;
  const [, name = '', common = ''] = store;
  return [name.length, name.length + common.length];
}
