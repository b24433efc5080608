import { describe, expect, it, vi } from 'vitest';
import { ApiError } from './error';
import { Renewing } from './renewing';

const expired = (): Promise<never> => Promise.reject(new ApiError('expired', 'Gone', '', true));

describe('Renewing', () => {
  it('works it out again once for all questions that wait, and asks each again', async () => {
    let isThere = false;
    const renew = vi.fn(async () => void (isThere = true));
    const ask = vi.fn((answer: string) => (isThere ? Promise.resolve(answer) : expired()));
    const renewing = new Renewing(renew);
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((answer) => renewing.ask(() => ask(answer))),
    );
    expect(answers).toEqual(['a', 'b', 'c']);
    expect(renew).toHaveBeenCalledOnce();
    expect(ask, 'each is asked twice').toHaveBeenCalledTimes(6);
  });

  it('passes other errors on, and what is expired after a renewal', async () => {
    const renew = vi.fn(() => Promise.resolve());
    const renewing = new Renewing(renew);
    const refused = new ApiError('refused', 'No', '', false);
    await expect(renewing.ask(() => Promise.reject(refused))).rejects.toBe(refused);
    expect(renew).not.toHaveBeenCalled();
    await expect(renewing.ask(expired)).rejects.toMatchObject({ code: 'expired' });
    expect(renew).toHaveBeenCalledOnce();
  });
});
