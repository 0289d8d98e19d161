import type { Counts, Load } from './load.ts';
import type { Screen } from './screen.ts';
import type { Scene } from './story.ts';

/** The live line while it is shown. */
export type LiveLine = {
  /** Requests a second, from the first of them until now. */
  averageRate(): number;
  stop(): void;
};

const REDRAW_MS = 250;
/** The rate shown is that of the last two seconds: steady to the eye, quick enough to see traffic stop. */
const RATE_WINDOW = 8;

/** Redraws the live line from the traffic's counts and the scene until `stop`. */
export function showTraffic(screen: Screen, load: Pick<Load, 'counts'>, scene: Readonly<Scene>): LiveLine {
  const started = { at: performance.now(), ...load.counts() };
  const readings: (Counts & { at: number })[] = [started];
  const timer = setInterval(() => {
    const now = { at: performance.now(), ...load.counts() };
    readings.push(now);
    if (readings.length > RATE_WINDOW) readings.shift();
    const { requests, failed } = now;
    screen.status({ ...scene, requests, failed, perSecond: rate(readings[0] ?? started, now) });
  }, REDRAW_MS);
  return {
    averageRate: () => rate(started, { at: performance.now(), ...load.counts() }),
    stop: () => clearInterval(timer),
  };
}

type Reading = { at: number; requests: number };

/** Requests a second between two readings. */
function rate(from: Reading, to: Reading): number {
  return to.at > from.at ? ((to.requests - from.requests) * 1000) / (to.at - from.at) : 0;
}
