import { describe, expect, test } from 'vitest';
import { formatProblem } from '#mesh/ir/log-format.ts';
import { refusedFormats, takenFormats } from '../../support/log-formats.ts';

describe('an access log format', () => {
  test.each(takenFormats)('is taken as Envoy takes it: %j', (format) => expect(formatProblem(format)).toBeUndefined());

  test.each(refusedFormats)('is refused as Envoy refuses it: %j', (format) =>
    expect(formatProblem(format)).toBeTypeOf('string'),
  );

  test('is refused with the place and the way out', () => {
    expect(formatProblem('100 % of %PROTOCOL%')).toBe(
      'no command operator at character 5: a plain percent sign is written %%',
    );
    expect(formatProblem('%REQ%')).toBe('REQ needs an argument in parentheses');
    expect(formatProblem('%RESPONSE_COD%')).toBe('RESPONSE_COD is no command operator');
  });
});
