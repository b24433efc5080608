/** The theme on the page, without the means to change it: all that is needed before the first paint. */
import { readStored } from '../ui/storage';

/** `system` follows the operating system and changes with it. */
export type ThemeChoice = 'system' | 'light' | 'dark';

/** The name under which the choice is remembered. */
export const THEME = 'theme';

/** Puts a choice on the root element, where `tokens.css` reads it. */
export function applyTheme(choice: ThemeChoice): void {
  if (choice === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = choice;
  }
}

/** Puts the person's choice on the root element. */
export function applyStoredTheme(): void {
  applyTheme(readStored<ThemeChoice>(THEME, 'system'));
}
