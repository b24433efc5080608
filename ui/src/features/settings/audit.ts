/** What an audit found, in words. Pure. */
import type { AuditResult } from '../../generated/AuditResult';
import { plural } from '../../lib/ui/format';

/** A verdict, as `Banner` takes it. */
export interface AuditVerdict {
  tone: 'info' | 'warning' | 'error';
  title: string;
  text: string;
}

/** Says whether the trail is whole, whether what is shown follows from it, and what to do where not. */
export function auditVerdict(result: AuditResult): AuditVerdict {
  const read = `${plural(result.records, 'record')} ${result.records === 1 ? 'was' : 'were'} read`;
  if (!result.intact) {
    return {
      tone: 'error',
      title: result.problem ?? 'The trail is not whole.',
      text: `${read}. Restore the workspace file from a copy, or export what is here.`,
    };
  }
  if (!result.projections_match) {
    return {
      tone: 'warning',
      title: 'The trail is whole, but what is shown does not follow from it',
      text: `${read}. Rebuild what is shown; no decision is lost by it.`,
    };
  }
  return {
    tone: 'info',
    title: 'The trail is whole',
    text: `${read}, and what is shown follows from them.`,
  };
}
