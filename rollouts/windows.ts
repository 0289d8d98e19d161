import type { Freeze, Policy, RolloutWindow } from './types.ts';
import { weekdays } from './window-schema.ts';

/** Whether a rollout may begin; if not, when it may (epoch milliseconds; absent: not in the years looked at) and why not now. */
export type Opening =
  | { readonly isOpen: true }
  | { readonly isOpen: false; readonly at?: number; readonly reason: string };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A weekly window opens within eight days of any instant, summer time included. */
const DAYS_AHEAD = 8;
/** Each look either passes a freeze or a window's opening: far more than policies can hold before a rollout gives up. */
const MOST_LOOKS = 1000;

/** Whether a policy's windows and freezes let a rollout give its first weight at `now` (epoch milliseconds). */
export function opening(policy: Pick<Policy, 'windows' | 'freezes'>, now: number): Opening {
  const obstacle = obstacleAt(policy, now);
  if (obstacle === undefined) return { isOpen: true };
  let at = obstacle.until;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const next = obstacleAt(policy, at);
    if (next === undefined) return { isOpen: false, at, reason: obstacle.reason };
    at = next.until;
  }
  return { isOpen: false, reason: obstacle.reason };
}

interface Obstacle {
  readonly reason: string;
  /** The first instant at which this one may be over. */
  readonly until: number;
}

function obstacleAt({ windows, freezes }: Pick<Policy, 'windows' | 'freezes'>, now: number): Obstacle | undefined {
  const frozen = freezes.find((freeze) => isFrozen(freeze, now));
  if (frozen !== undefined)
    return { reason: `Frozen until ${frozen.to}: ${frozen.reason}`, until: Date.parse(frozen.to) };
  if (windows.length === 0 || windows.some((window) => isInside(window, now))) return undefined;
  const until = Math.min(...windows.map((window) => nextStart(window, now)));
  return { reason: `Outside the policy's windows until ${new Date(until).toISOString()}.`, until };
}

const isFrozen = ({ from, to }: Freeze, now: number): boolean => Date.parse(from) <= now && now < Date.parse(to);

/** Whether the local time is in the window, which belongs to the day it begins on. */
function isInside({ days, from, to, timeZone }: RolloutWindow, now: number): boolean {
  const { day, minutes } = localTime(now, timeZone);
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const isDay = (index: number) => days.some((name) => weekdays.indexOf(name) === index);
  if (start < end) return isDay(day) && start <= minutes && minutes < end;
  return (isDay(day) && start <= minutes) || (isDay((day + 6) % 7) && minutes < end);
}

/** The first instant after `now` at which the window may open; an hour that summer time leaves out begins where it would end. */
function nextStart(window: RolloutWindow, now: number): number {
  const starts = Array.from({ length: DAYS_AHEAD + 1 }, (_, days) => startOn(window, now + days * DAY_MS));
  return Math.min(...starts.filter((start) => start > now && isInside(window, start)), now + DAYS_AHEAD * DAY_MS);
}

/** When the window's `from` comes on the local day of an instant. */
function startOn({ from, timeZone }: RolloutWindow, instant: number): number {
  const { date } = localTime(instant, timeZone);
  const asIfUtc = date + minutesOf(from) * MINUTE_MS;
  const first = asIfUtc - offset(asIfUtc, timeZone);
  return Math.max(first, asIfUtc - offset(first, timeZone));
}

/** How far the zone's clocks are before UTC's, in milliseconds. */
function offset(instant: number, timeZone: string): number {
  const { date, minutes } = localTime(instant, timeZone);
  return date + minutes * MINUTE_MS - Math.floor(instant / MINUTE_MS) * MINUTE_MS;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local weekday (0 is Monday), minutes since midnight, and that midnight as if it were UTC's. */
function localTime(instant: number, timeZone: string): { day: number; minutes: number; date: number } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  const date = Date.UTC(year, month - 1, day);
  return { day: (new Date(date).getUTCDay() + 6) % 7, minutes: hour * 60 + minute, date };
}
