/** Which theme the window shows: the system's, or the one that the person chose. Remembered on this machine. */

import { remembered } from '../ui/remembered.svelte';

/** `system` follows the operating system and changes with it. */
export type ThemeChoice = 'system' | 'light' | 'dark';

/** The choice. Assign `theme.value` to change it. */
export const theme = remembered<ThemeChoice>('theme', 'system');

/** Puts a choice on the root element, where `tokens.css` reads it. */
export function applyTheme(choice: ThemeChoice): void {
  if (choice === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = choice;
  }
}
