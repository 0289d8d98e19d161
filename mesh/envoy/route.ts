import type { RouteActionJson, RouteJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { ForwardIr, RouteIr } from '#mesh/ir/proxy-ir.ts';
import { retryPolicy } from './retry.ts';
import { routeMatch } from './route-match.ts';
import { type MethodClass, methodClasses, SAFE_METHODS, shieldRetryPriority, weightedEntry } from './shield.ts';
import { timeout } from './timeout.ts';

/** One route as Envoy routes: one, or one for each class of methods while a shielded canary runs behind it. */
export function routes({ name, match, action }: RouteIr): RouteJson[] {
  if (action.kind === 'respond') return [{ name, match: routeMatch(match), directResponse: { status: action.status } }];
  return methodClasses(action.targets, match.method).map((methods) => ({
    name,
    match: routeMatch(match, methods === 'safe' ? SAFE_METHODS : []),
    route: routeAction(action, methods),
  }));
}

function routeAction(action: ForwardIr, methods: MethodClass): RouteActionJson {
  const { retry, hostRewrite } = action;
  const policy = retry && { ...retryPolicy(retry), ...(methods !== 'every' && shieldRetryPriority) };
  return {
    ...destination(action, methods),
    ...timeout(action),
    ...(policy && { retryPolicy: policy }),
    ...pathRewrite(action.rewrite),
    ...(hostRewrite !== undefined && { hostRewriteLiteral: hostRewrite }),
  };
}

/** Weighted even with a single target, so that a canary's first weight changes nothing but weights; the local app is not. */
function destination(action: ForwardIr, methods: MethodClass): RouteActionJson {
  const { targets, retry } = action;
  const [only, ...others] = targets;
  if (only !== undefined && others.length === 0 && retry === undefined) return { cluster: only.cluster };
  return { weightedClusters: { clusters: targets.map((target) => weightedEntry(target, action, methods)) } };
}

function pathRewrite(rewrite: ForwardIr['rewrite']): RouteActionJson {
  if (rewrite === undefined) return {};
  if ('prefix' in rewrite) return { prefixRewrite: rewrite.prefix };
  return { regexRewrite: { pattern: { regex: '^/.*$' }, substitution: rewrite.path.replaceAll('\\', '\\\\') } };
}
