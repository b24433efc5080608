/** Thrown values as words. Knows errors by their shape, so that the components need no backend. */

/** What an error says to a person. */
export interface ErrorWords {
  message: string;
  hint: string | undefined;
}

/** Reads `{message, hint}` off anything that was thrown. */
export function describeError(error: unknown): ErrorWords {
  if (typeof error === 'string') return { message: error, hint: undefined };
  if (error !== null && typeof error === 'object' && 'message' in error) {
    const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
    return { message: String(error.message), hint };
  }
  return { message: 'Something went wrong that has no description.', hint: undefined };
}

/** Everything that is known about an error, for a report: code, message, hint. */
export function errorDetails(error: unknown): string {
  const { message, hint } = describeError(error);
  const code =
    error !== null && typeof error === 'object' && 'code' in error ? String(error.code) : undefined;
  return [code && `code: ${code}`, message, hint].filter(Boolean).join('\n');
}
