import * as v from 'valibot';
import type { Weekday } from './types.ts';

/** Days of the week, from Monday, as windows name them. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const satisfies readonly Weekday[];

/** Bounds on the policy's size. */
const MOST_WINDOWS = 50;
const MOST_FREEZES = 100;

const time = (last: RegExp) => v.pipe(v.string(), v.regex(last, 'is no time of day (HH:MM)'));

const timeZone = v.pipe(v.string(), v.check(isTimeZone, 'is no IANA time zone, such as Europe/Berlin'));

const window = v.pipe(
  v.strictObject({
    days: v.pipe(v.array(v.picklist(weekdays)), v.minLength(1, 'names no day')),
    from: time(/^([01]\d|2[0-3]):[0-5]\d$/),
    to: time(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
    timeZone,
  }),
  v.forward(
    v.check(({ from, to }) => from !== to, 'is the same as from: the window would never be open'),
    ['to'],
  ),
);

const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/, 'is no ISO 8601 instant with an offset or Z'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'is a day or time that does not exist'),
);

const freeze = v.pipe(
  v.strictObject({ from: instant, to: instant, reason: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) }),
  v.forward(
    v.check(({ from, to }) => Date.parse(from) < Date.parse(to), 'must be after from'),
    ['to'],
  ),
);

/** A policy's `windows`. */
export const windowsSchema = v.pipe(v.array(window), v.maxLength(MOST_WINDOWS, `has at most ${MOST_WINDOWS} entries`));

/** A policy's `freezes`. */
export const freezesSchema = v.pipe(v.array(freeze), v.maxLength(MOST_FREEZES, `has at most ${MOST_FREEZES} entries`));

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
