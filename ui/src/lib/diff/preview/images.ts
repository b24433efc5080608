/** Pictures that documents name, found among the changes of the release. */
import type { PictureView } from '../../../generated/PictureView';
import type { Side } from '../../../generated/Side';
import { boxOf, type LoadPicture } from '../pictures';
import type { DiffPort } from '../section.svelte';
import { keyParts } from './values';

/** Has a picture drawn as a thumbnail; `undefined` where the release does not have it. */
export type LoadImage = (name: string, side: Side) => Promise<PictureView | undefined>;

/** The side of a thumbnail, in CSS pixels. */
const THUMBNAIL = 40;

const IMAGE = /\.(?:png|jpe?g|gif|webp|avif|svg)(?:\?.*)?$/iu;

/** Whether a value names a picture. */
export function isImage(value: string | undefined): value is string {
  return value !== undefined && value.length < 1_000 && !value.includes('\n') && IMAGE.test(value);
}

/**
 * The change that a name means: the one whose key it is, or the only one whose key ends with it.
 * `files:hero.png`, `shopify/file:hero.png` and `hero.png` can all mean `theme/file:assets/hero.png`'s like.
 */
export function changeNamed(name: string, resources: readonly string[]): string | undefined {
  const bare = name.replace(/\?.*$/u, '');
  // A key names one resource, also where the list is filtered: whether the release changes it, its diff says.
  if (resources.includes(bare) || keyParts(bare) !== undefined) return bare;
  const last = bare.split(/[/:]/u).at(-1);
  const found = resources.filter((resource) => resource.split(/[/:]/u).at(-1) === last);
  return found.length === 1 ? found[0] : undefined;
}

/** Makes a loader over the changes of a release. */
export function imageLoader(
  port: DiffPort,
  release: string,
  resources: () => readonly string[],
  draw: LoadPicture,
): LoadImage {
  return async (name, side) => {
    const resource = changeNamed(name, resources());
    if (resource === undefined) return undefined;
    try {
      const source = { kind: 'release', release } as const;
      const view = await port.diff({
        source,
        resource,
        mode: 'fields',
        split: false,
        expanded: [],
      });
      const held = view[side];
      if (!held?.picture) return undefined;
      return await draw(held.blob, boxOf(THUMBNAIL, THUMBNAIL, devicePixelRatio));
    } catch {
      // The name says which picture it is.
      return undefined;
    }
  };
}
