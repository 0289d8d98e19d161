import type { RouteActionJson, RouteJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { ForwardIr, PassIr, PathMatchIr, RouteIr, RouteMatchIr } from '#mesh/ir/route-ir.ts';
import { retryPolicy } from './retry.ts';
import { routeMatch } from './route-match.ts';
import { type MethodClass, methodClasses, SAFE_METHODS, shieldRetryPriority, weightedEntry } from './shield.ts';
import { timeout } from './timeout.ts';

/** One route as Envoy routes: one, or one for each class of methods while a shielded canary runs behind it. */
export function routes({ name, match, action }: RouteIr): RouteJson[] {
  if (action.kind === 'respond') return [{ name, match: routeMatch(match), directResponse: { status: action.status } }];
  if (action.kind === 'pass') return passRoutes(name, match, action);
  return methodClasses(action.targets, match.method).map((methods) => ({
    name,
    match: routeMatch(match, methods === 'safe' ? SAFE_METHODS : []),
    route: { ...routeAction(action, methods), ...pathRewrite(action.rewrite, match.path) },
  }));
}

/** A tunnel (CONNECT, as for HTTPS) lasts as long as both ends want, and so does what a client of the outside asks for. */
function passRoutes(name: string, match: RouteMatchIr, { cluster }: PassIr): RouteJson[] {
  const tunnel = { upgradeConfigs: [{ upgradeType: 'CONNECT', connectConfig: {} }] };
  return [
    { name: `${name}/tunnel`, match: { connectMatcher: {} }, route: { cluster, timeout: '0s', ...tunnel } },
    { name, match: routeMatch(match), route: { cluster, timeout: '0s' } },
  ];
}

function routeAction(action: ForwardIr, methods: MethodClass): RouteActionJson {
  const { retry, hostRewrite } = action;
  const policy = retry && { ...retryPolicy(retry), ...(methods !== 'every' && shieldRetryPriority) };
  return {
    ...destination(action, methods),
    ...timeout(action),
    ...mirrors(action.mirrors),
    ...(policy && { retryPolicy: policy }),
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

/** Copies keep the host of the request: Envoy's `-shadow` behind it is a name that nobody serves. */
function mirrors(declared: ForwardIr['mirrors']): RouteActionJson {
  if (declared === undefined) return {};
  const requestMirrorPolicies = declared.map(({ cluster, perMillion }) => ({
    cluster,
    runtimeFraction: { defaultValue: { numerator: perMillion, denominator: 'MILLION' as const } },
    disableShadowHostSuffixAppend: true,
  }));
  return { requestMirrorPolicies };
}

/** A prefix rewrite replaces what was matched: all of an exact path. */
function pathRewrite(rewrite: ForwardIr['rewrite'], { kind }: PathMatchIr): RouteActionJson {
  if (rewrite === undefined) return {};
  if ('prefix' in rewrite) return { prefixRewrite: rewrite.prefix };
  if (kind === 'exact') return { prefixRewrite: rewrite.path };
  return { regexRewrite: { pattern: { regex: '^/.*$' }, substitution: rewrite.path.replaceAll('\\', '\\\\') } };
}
