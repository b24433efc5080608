/** Every component of the design system on one page. For `vite dev` only: the build does not know this entry. */
import '../lib/theme';
import { mount } from 'svelte';
import Gallery from './Gallery.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('BUG: gallery.html has no #app');
const theme = new URLSearchParams(location.search).get('theme');
if (theme) document.documentElement.dataset.theme = theme;
mount(Gallery, { target });
