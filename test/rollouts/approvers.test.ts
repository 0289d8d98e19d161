import { expect, test } from 'vitest';
import { mayApprove } from '#rollouts/approvers.ts';

const alice = 'arn:aws:sts::111122223333:assumed-role/release-manager/alice';

test.each([
  ['the role, by its ARN', 'arn:aws:iam::111122223333:role/release-manager'],
  ['the role, with its path', 'arn:aws:iam::111122223333:role/teams/shop/release-manager'],
  ['a pattern of roles', 'arn:aws:iam::111122223333:role/release-*'],
  ['a single session', alice],
  ['every session of the role', 'arn:aws:sts::111122223333:assumed-role/release-manager/*'],
  ['a role of any account', 'arn:aws:iam::*:role/release-manage?'],
  ['anybody', '*'],
])('a caller is matched by %s', (_, pattern) => {
  expect(mayApprove([pattern], alice)).toBe(true);
});

test.each([
  ['another role', 'arn:aws:iam::111122223333:role/release'],
  ['a role whose name only contains it', 'arn:aws:iam::111122223333:role/old-release-manager'],
  ['the same role of another account', 'arn:aws:iam::999922223333:role/release-manager'],
  ['a user', 'arn:aws:iam::111122223333:user/alice'],
  ['a dot that stands for itself', 'arn:aws:iam::111122223333:role/release.manager'],
])('and not by %s', (_, pattern) => {
  expect(mayApprove([pattern], alice)).toBe(false);
});

test('a gate without approvers is open to whoever may call the route', () => {
  expect(mayApprove(undefined, 'arn:aws:iam::111122223333:user/anyone')).toBe(true);
});
