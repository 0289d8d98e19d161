import * as v from 'valibot';

/** The parts of ECS's and CloudWatch's events that Weir reads (delivery notes, docs of "Amazon ECS events"). */
const time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
  v.number(),
);

export const taskDetail = v.object({
  taskArn: v.string(),
  taskDefinitionArn: v.string(),
  clusterArn: v.string(),
  lastStatus: v.string(),
  desiredStatus: v.string(),
  version: v.number(),
  group: v.optional(v.string()),
  startedBy: v.optional(v.string()),
  availabilityZone: v.optional(v.string()),
  createdAt: time,
  attachments: v.optional(
    v.array(
      v.object({
        type: v.string(),
        details: v.optional(v.array(v.object({ name: v.string(), value: v.optional(v.string()) })), []),
      }),
    ),
    [],
  ),
  containers: v.optional(
    v.array(
      v.object({
        networkInterfaces: v.optional(v.array(v.object({ privateIpv4Address: v.optional(v.string()) })), []),
      }),
    ),
    [],
  ),
});

export const deploymentDetail = v.object({
  eventName: v.string(),
  deploymentId: v.string(),
  reason: v.optional(v.string(), ''),
  updatedAt: v.optional(time),
  /** Not in the documentation, but in real events; the service's ARN tells it otherwise. */
  clusterArn: v.optional(v.string()),
});

export const hookDetail = v.object({ eventName: v.string(), serviceDeploymentArn: v.string() });

export const alarmDetail = v.object({
  alarmName: v.string(),
  state: v.object({ value: v.string(), reason: v.optional(v.string(), 'no reason given') }),
});

export type TaskDetail = v.InferOutput<typeof taskDetail>;
export type DeploymentDetail = v.InferOutput<typeof deploymentDetail>;
export type HookDetail = v.InferOutput<typeof hookDetail>;
export type AlarmDetail = v.InferOutput<typeof alarmDetail>;
