import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { handsOn } from '../../../local/story/by-hand.ts';

const text = handsOn({ region: 'eu-west-1', mesh: 'shop', cluster: 'shop' });

test('the commands to paste are valid shell', () => {
  const commands = text
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .join('\n');
  expect(spawnSync('/bin/sh', ['-n'], { input: commands }).stderr.toString()).toBe('');
});

test('the rollback is signed for the API in the run’s own region, with credentials from the environment only', () => {
  expect(text.replace(/\s*\\\n\s*/g, ' ')).toContain(
    '--aws-sigv4 aws:amz:eu-west-1:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
  );
});

test('no line is wider than a terminal', () => {
  expect(text.split('\n').filter((line) => line.length >= 80)).toEqual([]);
});
