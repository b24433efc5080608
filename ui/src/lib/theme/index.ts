/** How the window looks: its styles, and which theme the person chose. */
import './styles';

export { applyTheme, type ThemeChoice } from './apply';
export { theme } from './theme.svelte';
