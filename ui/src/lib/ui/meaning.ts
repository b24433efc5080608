/**
 * How one of a closed set is shown: a word and a shape beside its tone, so that nothing depends on telling colours apart.
 * The sets themselves are the domain's.
 */
import type Circle from '@lucide/svelte/icons/circle';

/** A family of colours in `tokens.css`. */
export type Tone =
  | 'neutral'
  | 'accent'
  | 'created'
  | 'modified'
  | 'deleted'
  | 'drift'
  | 'reverted'
  | 'skipped'
  | 'pending'
  | 'running';

/** The shape of an icon component, as `@lucide/svelte` makes them. */
export type Icon = typeof Circle;

/** How one state is shown: spread it into `Badge`. */
export interface Meaning {
  label: string;
  tone: Tone;
  icon: Icon;
}
