/** What a reviewer's verdicts are called and how they are marked. */
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleX from '@lucide/svelte/icons/circle-x';
import MessageSquare from '@lucide/svelte/icons/message-square';
import type { Verdict } from '../../../generated/Verdict';
import type { Meaning } from '../../ui/meaning';

/** A reviewer's verdict. */
export const VERDICTS = {
  approve: { label: 'Approved', tone: 'created', icon: CircleCheck },
  request_changes: { label: 'Changes requested', tone: 'deleted', icon: CircleX },
  comment: { label: 'Commented', tone: 'neutral', icon: MessageSquare },
} as const satisfies Record<Verdict, Meaning>;
