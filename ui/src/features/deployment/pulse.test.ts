import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pulse } from './pulse';

describe('Pulse', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('beats at once, then once a period while it is asked to', () => {
    const beat = vi.fn();
    const pulse = new Pulse(250, beat);
    for (let i = 0; i < 10; i += 1) pulse.touch();
    expect(beat).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(250);
    expect(beat, 'the calls in between are one beat').toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    expect(beat, 'nothing more was asked').toHaveBeenCalledTimes(2);
    pulse.touch();
    expect(beat, 'after a rest it beats at once').toHaveBeenCalledTimes(3);
  });

  it('forgets what is due when it is stopped', () => {
    const beat = vi.fn();
    const pulse = new Pulse(250, beat);
    pulse.touch();
    pulse.touch();
    pulse.stop();
    vi.advanceTimersByTime(1000);
    expect(beat).toHaveBeenCalledTimes(1);
  });
});
