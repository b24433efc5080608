/** Errors as they cross the wire, and everything else that a transport may throw, as one class. */
import type { ErrorCode } from '../../generated/ErrorCode';

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid',
  'no_workspace',
  'no_person',
  'refused',
  'deletions',
  'conflict',
  'expired',
  'cancelled',
  'failed',
]);

/** What a command refused or failed with. `code` is what a caller may act on; `message` and `hint` are for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** What to do about it; may be empty. */
    readonly hint: string,
    /** Whether trying again may help. */
    readonly retryable: boolean,
  ) {
    super(message);
  }
}

/** Makes an {@link ApiError} of whatever was thrown: the wire's error object, a text, or a JavaScript error. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (isWireError(thrown)) {
    const code = CODES.has(thrown.code) ? (thrown.code as ErrorCode) : 'failed';
    return new ApiError(code, thrown.message, thrown.hint ?? '', thrown.retryable === true);
  }
  const said =
    typeof thrown === 'string' ? thrown : thrown instanceof Error ? thrown.message : 'no reason';
  return new ApiError(
    'failed',
    `Slipway's core did not answer: ${said}`,
    'Try again; if it stays like this, start Slipway again. Nothing that was saved is lost.',
    true,
  );
}

interface WireError {
  code: string;
  message: string;
  hint?: string;
  retryable?: boolean;
}

function isWireError(thrown: unknown): thrown is WireError {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    'message' in thrown &&
    typeof thrown.message === 'string'
  );
}
