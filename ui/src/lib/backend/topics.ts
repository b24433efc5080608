/**
 * Which of the core's changes each answer follows from: the one place that knows it.
 *
 * A command that is not named here is asked again after every change. So a new one is never stale, only busy, until somebody
 * thinks about it.
 */
import type { Topic } from '../../generated/Topic';
import type { Asked, CommandName, RequestOf } from './call';

type Kind = Topic['kind'];
type Concerns<K extends CommandName> = (topic: Topic, request: RequestOf<K>) => boolean;

/** Everything but the conversation and the reviews: what is where, and what can be deployed. */
const CONTENT: readonly Kind[] = ['environment', 'capture', 'release', 'deployment'];

function about(...kinds: readonly Kind[]): (topic: Topic) => boolean {
  return ({ kind }) => kinds.includes(kind);
}

/** Whether it is about another release than the one that is meant. A tag in place of an identity may mean any. */
function isOfAnother(topic: Topic, release: string | null): boolean {
  return (
    isId('r', release) && 'release' in topic && topic.release !== null && topic.release !== release
  );
}

/** Whether it is about another environment than the one that is meant. A name in place of an identity may mean any. */
function isElsewhere(topic: Topic, environment: string | null): boolean {
  return (
    isId('e', environment) &&
    'environment' in topic &&
    topic.environment !== null &&
    topic.environment !== environment
  );
}

/** Whether a text is an identity: a letter and ten of an alphabet in which no name is written by accident. */
function isId(letter: 'e' | 'r', text: string | null): text is string {
  return text !== null && new RegExp(`^${letter}-[0-9a-hjkmnp-tv-z]{10}$`, 'u').test(text);
}

const CONCERNS: { [K in CommandName]?: Concerns<K> } = {
  app_status: () => false,
  preferences: () => false,
  environment_list: about(...CONTENT),
  environment_get: about(...CONTENT),
  capture_list: (topic, { environment }) =>
    about('capture', 'deployment')(topic) && !isElsewhere(topic, environment),
  compare: about('environment', 'capture'),
  release_list: about('environment', 'release', 'review', 'comment', 'deployment'),
  // Its effect elsewhere follows from captures there; its overlaps from other releases' changes, but not from their reviews.
  release_get: (topic, { release }) =>
    topic.kind === 'review' || topic.kind === 'comment' || topic.kind === 'deployment'
      ? !isOfAnother(topic, release)
      : about(...CONTENT)(topic),
  timeline: (topic, { release }) =>
    about('release', 'review', 'comment')(topic) && !isOfAnother(topic, release),
  thread_list: (topic, { release }) => topic.kind === 'comment' && !isOfAnother(topic, release),
  comment_list: (topic, { release }) => topic.kind === 'comment' && !isOfAnother(topic, release),
  change_rows: (topic, { release }) =>
    about('environment', 'release', 'comment')(topic) && !isOfAnother(topic, release),
  change_order: (topic, { release }) =>
    about('environment', 'release')(topic) && !isOfAnother(topic, release),
  // What is remarked changes no operation; what is approved changes whether it may go. Deployments elsewhere may count too.
  plan: (topic, { release, environment }) => {
    switch (topic.kind) {
      case 'review':
      case 'release':
        return !isOfAnother(topic, release);
      case 'capture':
        return !isElsewhere(topic, environment);
      default:
        return about('environment', 'deployment')(topic);
    }
  },
  deployment_list: (topic, { release }) =>
    about('environment', 'deployment', 'release')(topic) && !isOfAnother(topic, release),
  deployment_get: (topic, { deployment }) =>
    topic.kind === 'deployment'
      ? topic.deployment === deployment || topic.environment === null
      : about('environment', 'release')(topic),
  deployment_operations: (topic, { deployment }) =>
    topic.kind === 'deployment' && topic.deployment === deployment,
  rollback_plan: about('environment', 'capture', 'deployment'),
  trail: (topic, { release }) => topic.kind !== 'capture' && !isOfAnother(topic, release),
};

/** Whether an answer to what was asked may be another one after a change. */
export function concerns(topics: readonly Topic[], asked: readonly Asked[]): boolean {
  return topics.some(
    (topic) =>
      topic.kind === 'all' ||
      asked.length === 0 ||
      asked.some(({ name, request }) => {
        const isConcerned = CONCERNS[name] as Concerns<CommandName> | undefined;
        return isConcerned?.(topic, request) ?? true;
      }),
  );
}
