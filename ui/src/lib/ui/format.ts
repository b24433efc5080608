/** Numbers, sizes, times and counts as words. Pure: the present is passed in. */

const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12345` → `12,345`. */
export function count(value: number): string {
  return INTEGER.format(value);
}

/** A number with its noun: `52 changes`, `1 change`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A size with a unit: `812 B`, `4.1 kB`, `19.7 MB`. Decimal units. */
export function bytes(size: number): string {
  if (size < 1000) return `${count(size)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = size / 1000;
  let unit = 0;
  // 999.95 would round to 1000.0, which belongs to the next unit.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit]}`;
}

/** A span of time, in at most two units: `840 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SHORT_DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const LONG_DATE = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const EXACT = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** How long ago a time is: `just now`, `5 min ago`, `3 h ago`, `yesterday`, `6 d ago`, `4 Nov`. Both in epoch milliseconds. */
export function relativeTime(at: number, now: number): string {
  const age = now - at;
  if (age < 0)
    return age > -MINUTE ? 'just now' : `in ${duration(Math.ceil(-age / MINUTE) * MINUTE)}`;
  if (age < 45_000) return 'just now';
  if (age < HOUR) return `${Math.max(1, Math.round(age / MINUTE))} min ago`;
  if (age < DAY) return `${Math.round(age / HOUR)} h ago`;
  if (age < 2 * DAY) return 'yesterday';
  if (age < 14 * DAY) return `${Math.floor(age / DAY)} d ago`;
  const then = new Date(at);
  return then.getFullYear() === new Date(now).getFullYear()
    ? SHORT_DATE.format(then)
    : LONG_DATE.format(then);
}

/** A time to the second, with its zone; for hovers and copies. */
export function exactTime(at: number): string {
  return EXACT.format(new Date(at));
}

/** Up to two letters that stand for a person: `Mara Lindqvist` → `ML`. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return ([...first][0] ?? '?').concat(last ? ([...last][0] ?? '') : '').toUpperCase();
}
