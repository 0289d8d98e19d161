import type { Evidence, Rollout, Step } from './weir-api.ts';

/** One thing that happened, to be shown on a line of its own. */
export type Note = { text: string; tone: 'plain' | 'good' | 'bad'; weight?: number };

const phases: Record<string, string> = {
  admitted: 'the canary is admitted',
  waitingForGreen: 'ECS starts its tasks; they get no traffic yet',
  gatheringBaseline: 'measuring how steady the stable tasks are',
  paused: 'paused by hand; the judge goes on watching',
  baking: 'baking at 100 %: the old tasks stand by, the way back is a weight',
  promoting: 'it becomes the stable variant',
  rollingBack: 'on its way back',
};

const endings: Record<Exclude<Rollout['status'], 'running'>, string> = {
  promoted: 'promoted',
  rolledBack: 'rolled back',
  superseded: 'superseded',
  unrouted: 'let through unrouted',
  failed: 'failed',
};

/** What happened to a rollout between two looks at it, oldest first. Equal looks give nothing. */
export function rolloutNotes(before: Rollout | undefined, now: Rollout): Note[] {
  return [
    ...phaseNote(before, now),
    ...now.steps.flatMap((step, index) => stepNote(before?.steps[index], step)),
    ...ending(before, now),
  ];
}

function phaseNote(before: Rollout | undefined, now: Rollout): Note[] {
  const text = phases[now.phase];
  if (now.phase === before?.phase || text === undefined) return [];
  if (now.phase === 'rollingBack') return [{ text: `${text}: ${now.reason}`, tone: 'bad' }];
  return [{ text, tone: 'plain' }];
}

function stepNote(
  before: Step | undefined,
  { weight, appliedAt, requiredSidecars, ackedSidecars, lastAckAt }: Step,
): Note[] {
  if (ackedSidecars < requiredSidecars || requiredSidecars === 0) return [];
  if (before !== undefined && before.ackedSidecars === before.requiredSidecars) return [];
  const after = lastAckAt === undefined ? '' : ` after ${seconds(lastAckAt - appliedAt)}`;
  return [
    { text: `every sidecar confirmed it${after} (${ackedSidecars} of ${requiredSidecars})`, tone: 'plain', weight },
  ];
}

function ending(before: Rollout | undefined, now: Rollout): Note[] {
  if (now.status === 'running' || now.status === before?.status) return [];
  const tone = now.status === 'promoted' ? 'good' : 'bad';
  const seen = now.evidence ? [{ text: evidenceSentence(now.evidence), tone: 'plain' as const }] : [];
  const known = before?.phase === 'rollingBack' && before.reason === now.reason;
  return [{ text: known ? endings[now.status] : `${endings[now.status]}: ${now.reason}`, tone }, ...seen];
}

/** What the judge decided on, in one sentence. */
export function evidenceSentence({ canary, stable, eValue, threshold }: Evidence): string {
  const hidden = canary.shielded > 0 ? `, ${count(canary.shielded)} of them answered by stable instead` : '';
  return (
    `the judge saw ${count(canary.requests)} canary requests, ${count(canary.failures)} failed${hidden}; ` +
    `${count(stable.requests)} stable ones, ${count(stable.failures)} failed; ` +
    `evidence against the canary ${figure(eValue)}, enough is ${figure(threshold)}`
  );
}

/** `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `0.12 s`, from milliseconds. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const figure = (value: number): string =>
  value >= 10_000
    ? value.toExponential(1).replace('e+', 'e')
    : value.toLocaleString('en-US', { maximumFractionDigits: 1 });
