import type { Rollout } from './rollout.ts';
import { textTable } from './text-table.ts';

/** Rollouts for people: one line each. */
export const rolloutsText = (rollouts: readonly Rollout[]): string =>
  textTable(
    ['ROLLOUT', 'STATUS', 'WEIGHT', 'NODE', 'STARTED', 'REASON'],
    rollouts.map((one) => [one.id, stateOf(one), `${one.weight} %`, nodeOf(one), time(one.startedAt), one.reason]),
  );

/** One rollout for people: where it stands, its steps, what it waits for, what the judge has seen. */
export function rolloutText(rollout: Rollout): string {
  const { id, weight, service, reason, startedAt, endedAt, stragglers, halts } = rollout;
  const open = halts.filter(({ end }) => end === undefined).map((halt) => `${halt.on}: ${halt.reason}`);
  const facts: readonly (readonly [string, string])[] = [
    ['status', `${stateOf(rollout)}, ${weight} % to the canary`],
    ['reason', reason],
    ['service', service],
    ['node', nodeOf(rollout)],
    ['started', time(startedAt)],
    ...(endedAt === undefined ? [] : ([['ended', time(endedAt)]] as const)),
    ...open.map((halt) => ['waits for', halt] as const),
    ...stragglers.map((straggler) => ['left behind', straggler] as const),
    ...evidenceOf(rollout),
  ];
  const head = `${id}\n${facts.map(([name, value]) => `  ${name.padEnd(12)}${value}\n`).join('')}`;
  return rollout.steps.length === 0 ? head : `${head}\n${stepsText(rollout)}`;
}

const stepsText = ({ steps }: Rollout): string =>
  textTable(
    ['WEIGHT', 'APPLIED', 'CONFIRMED'],
    steps.map(({ weight, appliedAt, requiredSidecars, ackedSidecars, lastAckAt }) => [
      `${weight} %`,
      time(appliedAt),
      `${ackedSidecars} of ${requiredSidecars}${lastAckAt === undefined ? '' : ` in ${seconds(lastAckAt - appliedAt)}`}`,
    ]),
  );

function evidenceOf({ evidence }: Rollout): readonly (readonly [string, string])[] {
  if (evidence === undefined) return [];
  const { canary, stable, eValue, threshold } = evidence;
  return [
    ['canary', `${canary.requests} requests, ${canary.failures} failed, ${canary.shielded} of them shielded`],
    ['stable', `${stable.requests} requests, ${stable.failures} failed`],
    ['e-value', `${eValue.toPrecision(3)}; the canary fails at ${threshold}`],
  ];
}

const stateOf = ({ status, phase }: Rollout): string => (status === 'running' ? `${status} (${phase})` : status);
const nodeOf = ({ mesh, virtualNode }: Rollout): string => `${mesh}/${virtualNode}`;
const time = (at: number): string => new Date(at).toISOString();
const seconds = (milliseconds: number): string => `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`;
