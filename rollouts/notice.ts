import * as v from 'valibot';
import type { RolloutEventName } from './rollout-events.ts';

/** The part of an event's detail that every message is made of; the rest is passed on to webhooks as it came. */
export const noticedRollout = v.looseObject({
  id: v.string(),
  service: v.string(),
  mesh: v.string(),
  virtualNode: v.string(),
  deployment: v.string(),
  taskDefinition: v.string(),
  status: v.string(),
  weight: v.number(),
  reason: v.string(),
  startedAt: v.number(),
  endedAt: v.optional(v.number()),
  actor: v.optional(v.string()),
});

/** An event of a rollout as it is told. */
export interface Notice {
  /** The event's id: the same whenever it is told again. */
  readonly id: string;
  readonly event: RolloutEventName;
  /** ISO 8601, as the bus has it. */
  readonly at: string;
  readonly rollout: v.InferOutput<typeof noticedRollout>;
}

/** How a person should take it. */
export type Tone = 'good' | 'attention' | 'neutral';

/** A notice in words: what every chat's format is made of. */
export interface NoticeText {
  readonly title: string;
  readonly tone: Tone;
  readonly reason: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const headlines: Readonly<Record<RolloutEventName, readonly [Tone, string]>> = {
  started: ['neutral', 'rollout started'],
  weightShifted: ['neutral', 'traffic shifted'],
  paused: ['neutral', 'rollout paused'],
  resumed: ['neutral', 'rollout resumed'],
  approvalNeeded: ['attention', 'approval needed'],
  promoted: ['good', 'promoted'],
  rolledBack: ['attention', 'rolled back'],
  superseded: ['neutral', 'superseded by a newer deployment'],
  unrouted: ['neutral', 'released without traffic'],
  failed: ['attention', 'rollout failed'],
  regressed: ['attention', 'taken back after its promotion'],
};

/** The words for an event: one headline, the reason as stored, and what a reader looks up next. */
export function noticeText({ event, rollout }: Notice): NoticeText {
  const [tone, headline] = headlines[event];
  const { service, mesh, virtualNode, deployment, taskDefinition, weight, startedAt, endedAt, actor } = rollout;
  return {
    title: `${lastSegment(service)}: ${headline}`,
    tone,
    reason: rollout.reason,
    facts: [
      ['Virtual node', `${mesh}/${virtualNode}`],
      ['Task definition', lastSegment(taskDefinition)],
      ['Deployment', deployment],
      ['Canary weight', `${weight} %`],
      ...(endedAt === undefined ? [] : [['Took', duration(endedAt - startedAt)] as const]),
      ...(actor === undefined ? [] : [['Started by', actor] as const]),
      ['Rollout', rollout.id],
    ],
  };
}

const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
