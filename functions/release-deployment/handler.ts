import * as v from 'valibot';
import { ecs } from '#aws/clients-ecs.ts';
import { deployments } from '#aws/ecs.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { waysBack } from '#aws/ways-back.ts';
import { releaseDeployment } from './release-deployment.ts';

const Input = v.strictObject({ rolloutId: v.string(), action: v.picklist(['continue', 'rollback']) });

export const handler = task(
  Input,
  releaseDeployment({
    rollouts: rolloutStore(table()),
    deployments: deployments(ecs),
    waysBack: waysBack(table(), Date.now),
  }),
);
