import { RE2JS } from 're2js';
import * as v from 'valibot';
import { gateSchema } from './gate-schema.ts';

/** ECS keeps a deployment for 30 days at most (notes of ECS on service deployments); no wait of ours can be longer. */
const MAX_SECONDS = 30 * 24 * 3600;
/** A bound on the transitions of one rollout. */
const MOST_STEPS = 100;

/** A duration. */
export const seconds = v.pipe(v.number(), v.integer('is whole seconds'), v.minValue(1), v.maxValue(MAX_SECONDS));

/** A count of requests that can be waited for. */
export const requests = v.pipe(v.number(), v.integer('is a whole number'), v.minValue(1));

/** A share that can be written in basis points. */
export const percent = v.pipe(
  v.number(),
  v.gtValue(0, 'is a percentage above 0'),
  v.maxValue(100, 'is a percentage of at most 100'),
  v.check((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-9, 'has at most two decimals'),
);

const timing = { seconds, maxSeconds: v.optional(seconds), minRequests: v.optional(requests) };
const watching = { ...timing, gate: v.optional(gateSchema) };

const isNotBelow = ({ seconds: least, maxSeconds = least }: { seconds: number; maxSeconds?: number | undefined }) =>
  maxSeconds >= least;
const BELOW = 'must not be below seconds';

const step = v.pipe(
  v.strictObject({ weight: percent, ...watching }),
  v.forward(
    v.check((one) => isNotBelow(one), BELOW),
    ['maxSeconds'],
  ),
);

/** A policy's `steps`. */
export const stepsSchema = v.pipe(
  v.array(step),
  v.minLength(1, 'needs at least one step'),
  v.maxLength(MOST_STEPS, `has at most ${MOST_STEPS} steps`),
  v.check(
    (list) => list.every(({ weight }, i) => i === 0 || weight > (list[i - 1]?.weight ?? 0)),
    'must rise from step to step',
  ),
  v.check((list) => list.at(-1)?.weight === 100, 'must end at 100: Weir bakes there before it lets ECS go on'),
);

/** A policy's `linear`. */
export const linearSchema = v.pipe(
  v.strictObject({
    stepPercent: v.pipe(percent, v.minValue(100 / MOST_STEPS, `makes more than ${MOST_STEPS} steps`)),
    ...timing,
  }),
  v.forward(
    v.check((one) => isNotBelow(one), BELOW),
    ['maxSeconds'],
  ),
);

const text = v.pipe(v.string(), v.minLength(1, 'is empty'), v.maxLength(255));
const regex = v.pipe(text, v.check(isRe2, 'is no regular expression of RE2, which Envoy matches with'));
const headerName = v.pipe(text, v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header'));
const cookieName = v.pipe(text, v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a cookie'));
const cookieValue = v.pipe(text, v.regex(/^[!#-+\--:<-[\]-~]+$/, 'is no value of a cookie (RFC 6265)'));

const header = v.strictObject({
  name: headerName,
  match: v.union(
    [
      v.strictObject({ exact: text }),
      v.strictObject({ prefix: text }),
      v.strictObject({ suffix: text }),
      v.strictObject({ regex }),
    ],
    'must have one of exact, prefix, suffix and regex',
  ),
});

const audience = v.union(
  [v.strictObject({ header }), v.strictObject({ cookie: v.strictObject({ name: cookieName, value: cookieValue }) })],
  'must have one of header and cookie',
);

/** A policy's `abTest`. */
export const abTestSchema = v.pipe(
  v.strictObject({ audience, weight: percent, ...watching }),
  v.forward(
    v.check((one) => isNotBelow(one), BELOW),
    ['maxSeconds'],
  ),
);

/** A policy's `mirror`. */
export const mirrorSchema = v.pipe(
  v.strictObject({ percent, ...watching }),
  v.forward(
    v.check((one) => isNotBelow(one), BELOW),
    ['maxSeconds'],
  ),
);

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
