import { describe, expect, it } from 'vitest';
import { ApiError, toApiError } from './error';

describe('toApiError', () => {
  it('takes over what the wire says', () => {
    const error = toApiError({
      code: 'refused',
      message: 'spring-24.3 needs one approval more',
      hint: 'Ask for a review.',
      retryable: false,
    });
    expect(error).toMatchObject({
      code: 'refused',
      message: 'spring-24.3 needs one approval more',
      hint: 'Ask for a review.',
      retryable: false,
    });
  });

  it('takes an unknown code for a failure, so that an older window survives a newer core', () => {
    expect(toApiError({ code: 'quota', message: 'Full' }).code).toBe('failed');
  });

  it.each([
    ['a text', 'command call not allowed', 'command call not allowed'],
    ['a JavaScript error', new TypeError('Failed to fetch'), 'Failed to fetch'],
    ['nothing', undefined, 'no reason'],
    ['an object of another kind', { code: 5 }, 'no reason'],
  ])('makes %s a failure that may be tried again', (_name, thrown, said) => {
    const error = toApiError(thrown);
    expect(error.code).toBe('failed');
    expect(error.message).toContain(said);
    expect(error.retryable).toBe(true);
    expect(error.hint).not.toBe('');
  });

  it('leaves its own errors as they are', () => {
    const error = new ApiError('conflict', 'x', '', false);
    expect(toApiError(error)).toBe(error);
  });
});
