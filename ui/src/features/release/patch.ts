/** The patch of a release, for the clipboard. */
import { call } from '../../lib/backend';

async function patchOf(release: string, resource: string | null): Promise<Blob> {
  const { base64 } = await call('patch', { release, resource, unified: null });
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return new Blob([new TextDecoder().decode(bytes)], { type: 'text/plain' });
}

/** Copies the patch of a release, or of one resource of it, as text. Call it right from a click or a key. */
export async function copyPatch(release: string, resource: string | null = null): Promise<void> {
  const patch = patchOf(release, resource);
  // WebKit lets the clipboard be written only in the turn of the click: it gets the promise, not the text.
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': patch })]);
}
