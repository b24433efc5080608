/** Which shape and colour a decision has in the trail, and how kinds of decisions are grouped for filtering. */
import BookOpen from '@lucide/svelte/icons/book-open';
import Camera from '@lucide/svelte/icons/scan-line';
import CircleHelp from '@lucide/svelte/icons/circle-question-mark';
import Layers from '@lucide/svelte/icons/layers';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Pencil from '@lucide/svelte/icons/pencil';
import UserPlus from '@lucide/svelte/icons/user-plus';
import type { Fact } from '../../../generated/Fact';
import { type Icon, type Tone } from '../../ui';
import { DEPLOYMENT_STATES } from '../deployment/states';
import { RELEASE_STATES, STANDINGS } from '../release/states';
import { VERDICTS } from '../release/verdicts';

/** A shape and its colours. */
export interface Mark {
  icon: Icon;
  tone: Tone;
}

/** The mark of a decision. */
export function markOf(fact: Fact): Mark {
  switch (fact.kind) {
    case 'environment_added':
    case 'environment_changed':
    case 'environment_removed':
      return { icon: Layers, tone: 'neutral' };
    case 'release_drafted':
      return RELEASE_STATES.draft;
    case 'release_described':
      return { icon: Pencil, tone: 'neutral' };
    case 'release_refreshed':
      return { icon: Camera, tone: 'neutral' };
    case 'revision_sealed':
      return RELEASE_STATES.open;
    case 'release_cancelled':
      return RELEASE_STATES.cancelled;
    case 'reviewed':
      return VERDICTS[fact.verdict];
    case 'review_dismissed':
      return { icon: VERDICTS.comment.icon, tone: 'skipped' };
    case 'commented':
    case 'comment_resolved':
      return { icon: MessageSquare, tone: 'neutral' };
    case 'deployment_started':
    case 'deployment_resumed':
      return DEPLOYMENT_STATES.running;
    case 'deployment_ended':
      return DEPLOYMENT_STATES[fact.outcome];
    case 'rolled_back':
      return STANDINGS.rolled_back;
    case 'workspace_created':
    case 'ledger_migrated':
      return { icon: BookOpen, tone: 'neutral' };
    case 'person_added':
      return { icon: UserPlus, tone: 'neutral' };
    case 'unknown':
      return { icon: CircleHelp, tone: 'skipped' };
  }
}

/** Groups of kinds, for the filter of the trail. */
export const KIND_GROUPS: readonly { id: string; label: string; kinds: readonly Fact['kind'][] }[] =
  [
    { id: 'all', label: 'Everything', kinds: [] },
    {
      id: 'releases',
      label: 'Releases',
      kinds: [
        'release_drafted',
        'release_described',
        'release_refreshed',
        'revision_sealed',
        'release_cancelled',
      ],
    },
    {
      id: 'reviews',
      label: 'Reviews and comments',
      kinds: ['reviewed', 'review_dismissed', 'commented', 'comment_resolved'],
    },
    {
      id: 'deployments',
      label: 'Deployments and rollbacks',
      kinds: ['deployment_started', 'deployment_resumed', 'deployment_ended', 'rolled_back'],
    },
    {
      id: 'environments',
      label: 'Environments',
      kinds: ['environment_added', 'environment_changed', 'environment_removed'],
    },
  ];
