import { expect, test } from 'vitest';
import { accessLogs } from '#mesh/envoy/access-log.ts';
import { compileCase, goldenCases } from '../../support/golden-cases.ts';
import { refusedFormats, takenFormats } from '../../support/log-formats.ts';
import { refusalOf } from '../../support/validate-envoy.ts';

/** What Envoy says to a listener that writes each format, as text and as JSON. */
function refusalOfFormats(formats: readonly string[]): string | undefined {
  const golden = goldenCases().find(({ name }) => name === 'no-backends');
  if (golden === undefined) throw new Error('no golden named no-backends');
  const { envoy } = compileCase(golden);
  const logs = formats.flatMap((text) => [
    ...accessLogs({ path: '/dev/null', format: { text } }),
    ...accessLogs({ path: '/dev/null', format: { json: [['field', text]] } }),
  ]);
  const listeners = envoy.listeners.map((listener) => ({ ...listener, accessLog: logs }));
  return refusalOf({ ...envoy, listeners });
}

test('Envoy takes every format that is compiled', () => {
  expect(refusalOfFormats(takenFormats.filter((format) => format !== ''))).toBeUndefined();
});

test.each(refusedFormats)('Envoy refuses what is not compiled: %j', (format) => {
  expect(refusalOfFormats([format])).toMatch(/Incorrect configuration|[Nn]ot support|parameters|Invalid|alternative/);
});
