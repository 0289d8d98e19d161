import * as v from 'valibot';
import { stepFunctions } from '#aws/clients-sfn.ts';
import { readConfig } from '#aws/config.ts';
import { executions } from '#aws/executions.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { subscriber } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { secureRollout } from './secure-rollout.ts';

/** `detail` of a "Step Functions Execution Status Change". */
const Detail = v.object({ name: v.string(), status: v.string(), cause: v.nullish(v.string()) });

const secure = secureRollout({
  rollouts: rolloutStore(table()),
  executions: executions(stepFunctions, readConfig()),
});

export const handler = subscriber(({ detail }) => {
  const { name, status, cause } = v.parse(Detail, detail);
  return secure({ name, status, cause: cause ?? undefined });
});
