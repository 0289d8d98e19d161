import type { HttpPathMatch, HttpRouteHeader } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import { regexFault } from './regex.ts';

/** Where regular expressions stand in a match, of whichever type of route. */
interface DeclaredMatch {
  readonly path?: HttpPathMatch;
  readonly headers?: readonly HttpRouteHeader[];
  readonly metadata?: readonly HttpRouteHeader[];
}

/**
 * Whether Envoy would take every regular expression of a match; each that it would not is reported. One refused expression
 * would keep the whole route configuration from being taken, so its route is left out. `place` is the match.
 */
export function hasValidRegexes(
  draft: ProxyDraft,
  { path, headers, metadata }: DeclaredMatch,
  place: SpecPath,
): boolean {
  const patterns = [
    ...(path?.regex === undefined ? [] : [['path.regex', path.regex] as const]),
    ...headerPatterns('headers', headers),
    ...headerPatterns('metadata', metadata),
  ];
  const faults = patterns.flatMap(([at, pattern]) => {
    const fault = regexFault(pattern);
    return fault === undefined ? [] : [[at, fault] as const];
  });
  for (const [at, fault] of faults)
    report(draft, 'invalid', { ...place, path: `${place.path}.${at}` }, `${fault}: no request takes this route`);
  return faults.length === 0;
}

function headerPatterns(field: string, headers: readonly HttpRouteHeader[] = []) {
  return headers.flatMap(({ match }, i) =>
    match?.regex === undefined ? [] : [[`${field}[${i}].match.regex`, match.regex] as const],
  );
}
