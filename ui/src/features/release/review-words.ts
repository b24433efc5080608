/** What reviewing says: verdicts as buttons and sentences, and what changed meanwhile. Every one names its environment. Pure. */
import type { Verdict } from '../../generated/Verdict';
import type { Change } from './review-flow.svelte';

/** The words of one verdict. */
interface VerdictWords {
  /** Beside its radio button. */
  label: string;
  /** What it means for an environment. */
  text: (name: string) => string;
  /** On the button that sends it, and in menus before an ellipsis. */
  button: (place: string) => string;
  /** Once it was sent. */
  done: (tag: string, place: string) => string;
}

/** The verdicts, in the order in which they are offered. */
export const CHOICES: readonly Verdict[] = ['approve', 'request_changes', 'comment'];

/** The words of each verdict. */
export const VERDICT_WORDS: Record<Verdict, VerdictWords> = {
  approve: {
    label: 'Approve',
    text: (name) => `It may be deployed to ${name} as it is.`,
    button: (place) => `Approve for ${place}`,
    done: (tag, place) => `Approved ${tag} for ${place}`,
  },
  request_changes: {
    label: 'Request changes',
    text: (name) => `It must not be deployed to ${name} as it is.`,
    button: (place) => `Request changes for ${place}`,
    done: (tag, place) => `Requested changes to ${tag} for ${place}`,
  },
  comment: {
    label: 'Comment',
    text: () => 'General feedback, without a verdict.',
    button: (place) => `Comment for ${place}`,
    done: (tag, place) => `Commented on ${tag} for ${place}`,
  },
};

/** Says what became of a release while it was being reviewed; `undefined` when nothing did. */
export function changeWords(
  change: Change,
  tag: string,
  name: string,
  revision: number | null,
): { title: string; text: string } | undefined {
  const text = 'Look at it before you approve.';
  switch (change) {
    case 'same':
      return undefined;
    case 'revision':
      return { title: `Revision ${revision ?? ''} was opened while you were reviewing.`, text };
    case 'effect':
      return { title: `What ${tag} does to ${name} changed while you were reviewing.`, text };
    case 'over':
      return {
        title: `${tag} can no longer be reviewed for ${name}.`,
        text: 'It was deployed there or cancelled, or a deployment is under way.',
      };
  }
}
