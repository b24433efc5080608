/**
 * Where menus and lists that float are put in the document: in the open dialog around them, else in the body.
 *
 * What lies outside an open modal dialog is inert and behind it, whatever its z-index.
 */
import { getContext, setContext } from 'svelte';

const KEY = Symbol('layer');

type Layer = () => HTMLElement | undefined;

/** Says, to the components inside, where floating things go. */
export function provideLayer(layer: Layer): void {
  setContext(KEY, layer);
}

/** The element that floating things go into. Call while the component is set up. */
export function useLayer(): () => HTMLElement {
  const layer = getContext<Layer | undefined>(KEY);
  return () => layer?.() ?? document.body;
}
