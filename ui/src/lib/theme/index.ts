/** Loads fonts, tokens and base styles, in that order. Imported once, by the entry. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './tokens.css';
import './base.css';

export { applyTheme, theme, type ThemeChoice } from './theme.svelte';
