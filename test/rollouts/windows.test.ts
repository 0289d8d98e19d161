import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RolloutWindow } from '#rollouts/types.ts';
import { weekdays } from '#rollouts/window-schema.ts';
import { opening } from '#rollouts/windows.ts';

const at = (text: string) => Date.parse(text);
const office: RolloutWindow = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '16:00',
  timeZone: 'Europe/Berlin',
};
const whenOpen = (windows: readonly RolloutWindow[], now: string) => {
  const answer = opening({ windows, freezes: [] }, at(now));
  return answer.isOpen ? 'open' : new Date(answer.at ?? Number.NaN).toISOString();
};

describe('a weekly window', () => {
  test('is kept in its own time zone, summer and winter', () => {
    // 2026-11-20 is a Friday.
    expect(whenOpen([office], '2026-11-20T08:00:00Z')).toBe('open');
    expect(whenOpen([office], '2026-11-20T07:59:59Z')).toBe('2026-11-20T08:00:00.000Z');
    expect(whenOpen([office], '2026-11-20T15:00:00Z')).toBe('2026-11-23T08:00:00.000Z');
    expect(whenOpen([office], '2026-07-20T06:59:00Z')).toBe('2026-07-20T07:00:00.000Z');
  });

  test('past midnight belongs to the day it begins on', () => {
    const night: RolloutWindow = { days: ['sat'], from: '22:00', to: '02:00', timeZone: 'UTC' };

    expect(whenOpen([night], '2026-11-21T23:00:00Z')).toBe('open');
    expect(whenOpen([night], '2026-11-22T01:59:00Z')).toBe('open');
    expect(whenOpen([night], '2026-11-22T02:00:00Z')).toBe('2026-11-28T22:00:00.000Z');
    expect(whenOpen([night], '2026-11-21T01:00:00Z')).toBe('2026-11-21T22:00:00.000Z');
  });

  test('that begins in the hour which summer time leaves out opens right after it', () => {
    const early: RolloutWindow = { days: ['sun'], from: '02:30', to: '05:00', timeZone: 'Europe/Berlin' };

    expect(whenOpen([early], '2026-03-29T00:00:00Z')).toBe('2026-03-29T01:30:00.000Z');
  });

  test('until 24:00 ends with the day', () => {
    const late: RolloutWindow = { days: ['sun'], from: '00:00', to: '24:00', timeZone: 'UTC' };

    expect(whenOpen([late], '2026-11-22T23:59:59Z')).toBe('open');
    expect(whenOpen([late], '2026-11-23T00:00:00Z')).toBe('2026-11-29T00:00:00.000Z');
  });
});

describe('a freeze', () => {
  const freezes = [{ from: '2026-11-20T00:00:00Z', to: '2026-11-30T06:00:00+02:00', reason: 'Black Friday' }];

  test('closes every window, and says why and until when', () => {
    expect(opening({ windows: [office], freezes }, at('2026-11-23T10:00:00Z'))).toEqual({
      isOpen: false,
      at: at('2026-11-30T08:00:00Z'),
      reason: 'Frozen until 2026-11-30T06:00:00+02:00: Black Friday',
    });
  });

  test('that has passed says nothing', () => {
    expect(opening({ windows: [], freezes }, at('2026-12-01T10:00:00Z'))).toEqual({ isOpen: true });
  });
});

test('whatever the windows and freezes: what is named as the next opening is open, and no earlier minute of the day is', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const hhmm = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const window = fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
      from: minute,
      to: minute,
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham'),
    })
    .filter(({ from, to }) => from !== to)
    .map((one) => ({ ...one, from: hhmm(one.from), to: hhmm(one.to) }));
  const year = { min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') };
  const freeze = fc
    .record({ from: fc.integer(year), hours: fc.integer({ min: 1, max: 500 }) })
    .map(({ from, hours }) => ({
      from: new Date(from).toISOString(),
      to: new Date(from + hours * 3_600_000).toISOString(),
      reason: 'r',
    }));
  fc.assert(
    fc.property(
      fc.array(window, { maxLength: 3 }),
      fc.array(freeze, { maxLength: 3 }),
      fc.integer(year),
      (windows, freezes, now) => {
        const answer = opening({ windows, freezes }, now);
        if (answer.isOpen) return;
        const next = answer.at ?? Number.NaN;
        expect(next).toBeGreaterThan(now);
        expect(opening({ windows, freezes }, next).isOpen).toBe(true);
        for (let back = 1; back <= 60 && next - back * 60_000 > now; back++)
          expect(opening({ windows, freezes }, next - back * 60_000).isOpen).toBe(false);
      },
    ),
    { numRuns: 100 },
  );
});
