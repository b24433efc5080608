import { describe, expect, it } from 'vitest';
import { bytes, count, duration, initials, plural, relativeTime } from './format';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000_000, '1,000,000'],
  ])('counts %d with separators', (value, text) => expect(count(value)).toBe(text));

  it.each([
    [1, '1 change'],
    [0, '0 changes'],
    [1200, '1,200 changes'],
  ])('puts %d before its noun', (value, text) => expect(plural(value, 'change')).toBe(text));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_960, '1.0 MB'],
    [20_000_000, '20.0 MB'],
    [123_456_789, '123 MB'],
  ])('writes %d bytes', (size, text) => expect(bytes(size)).toBe(text));
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 20, 12, 0, 0);

  it.each([
    [0, 'just now'],
    [60_000, '1 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [30 * 3_600_000, 'yesterday'],
    [6 * 86_400_000, '6 d ago'],
    [-90_000, 'in 2 min'],
  ])('is relative at an age of %d ms', (age, text) =>
    expect(relativeTime(now - age, now)).toBe(text),
  );

  it.each([
    [0, '0 ms'],
    [840, '840 ms'],
    [4_240, '4.2 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
  ])('writes a span of %d ms', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('initials', () => {
  it.each([
    ['Mara Lindqvist', 'ML'],
    ['ana', 'A'],
    ['José María de la Cruz', 'JC'],
    ['  ', '?'],
  ])('of %j', (name, text) => expect(initials(name)).toBe(text));
});
