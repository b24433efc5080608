import { plural } from '../../lib/ui';

/** What is said of a workspace that is only read. */
export interface TrustWords {
  /** What is the matter, and what that means. */
  title: string;
  text: string;
  /** What a person decides. */
  question: string;
  reason: string;
  verb: string;
}

const UNKNOWN: TrustWords = {
  title: 'This workspace is read-only',
  text: 'The file is new to this machine. You can read everything in it; nothing is written, and no environment is reached, until you trust it.',
  question: 'Do you trust this workspace?',
  reason:
    'It comes from outside of this machine and says where requests, files and access tokens go. Trust it only if these places are yours.',
  verb: 'Trust this workspace',
};

/** The words for a file that is new here, or for an older copy from which so many records are missing. */
export function trustWords(missing: number): TrustWords {
  if (missing === 0) return UNKNOWN;
  const records = plural(missing, 'record');
  const are = missing === 1 ? 'is' : 'are';
  return {
    title: 'This is an older copy of the workspace',
    text: `${records} that this machine saw ${are} not in the file. Put the newer file back, or go on from here; until then nothing is written.`,
    question: 'Go on from this older copy?',
    reason: `${records} that this machine saw ${are} not in it: reviews and deployments may be among them. What they said counts for nothing then. Capture the environments before you deploy.`,
    verb: 'Go on from here',
  };
}
