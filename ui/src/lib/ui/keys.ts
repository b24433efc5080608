/**
 * Shortcuts as text: how they are written in the command table, read from a keyboard event and shown.
 *
 * `Mod+Shift+P` is a chord; `G B` a sequence of two keys. Modifiers come in the order Mod, Alt, Shift. A key that a layout
 * makes with Shift (`?`) is written as the character, without Shift.
 */

/** Whether this is a Mac, where `Mod` is the command key. */
const IS_MAC = typeof navigator !== 'undefined' && /mac/iu.test(navigator.platform);

const NAMES: Record<string, string> = {
  ' ': 'Space',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Escape: 'Esc',
};

const CAPS: Record<string, string> = {
  Up: '↑',
  Down: '↓',
  Left: '←',
  Right: '→',
  Enter: '↵',
};

/** One chord of an event, in the table's spelling: `Mod+K`, `?`, `Shift+Enter`. Empty for a modifier alone. */
export function chordOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  mac = IS_MAC,
): string {
  const { key } = event;
  if (key === 'Control' || key === 'Meta' || key === 'Alt' || key === 'Shift' || key === 'Dead') {
    return '';
  }
  const isMod = mac ? event.metaKey : event.ctrlKey;
  // Where + needs Shift, its key without Shift is =: with the modifier it means + everywhere.
  const named = isMod && key === '=' ? '+' : (NAMES[key] ?? key);
  const letter = named.length === 1 && /\p{L}/u.test(named);
  const parts: string[] = [];
  if (isMod) parts.push('Mod');
  if (event.altKey) parts.push('Alt');
  if (event.shiftKey && (named.length > 1 || letter)) parts.push('Shift');
  parts.push(letter ? named.toUpperCase() : named);
  return parts.join('+');
}

/** The key caps of a shortcut: `Mod+K` → `['Ctrl', 'K']`, or `['⌘', 'K']` on a Mac. */
export function keyCaps(keys: string, mac = IS_MAC): string[] {
  return keys.split(' ').flatMap((chord) =>
    splitChord(chord).map((part) => {
      if (part === 'Mod') return mac ? '⌘' : 'Ctrl';
      if (part === 'Alt') return mac ? '⌥' : 'Alt';
      if (part === 'Shift') return '⇧';
      return CAPS[part] ?? part;
    }),
  );
}

/** `Mod+K` → `['Mod', 'K']`; a `+` that is itself the key stays. */
function splitChord(chord: string): string[] {
  return chord.split(/\+(?=.)/u);
}

/** Whether typing goes into the element, so that plain letters are text and not shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement &&
    !['checkbox', 'radio', 'button', 'range'].includes(target.type)
  );
}
