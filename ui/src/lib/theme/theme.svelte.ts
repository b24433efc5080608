/** Which theme the window shows: the system's, or the one that the person chose. Remembered on this machine. */

import { remembered } from '../ui/remembered.svelte';
import { THEME, type ThemeChoice } from './apply';

/** The choice. Assign `theme.value` to change it. */
export const theme = remembered<ThemeChoice>(THEME, 'system');
