import { expect, test, vi } from 'vitest';
import type { ProxyReport } from '#mesh/wire/report.ts';
import type { Log } from '../../proxy/agent/log.ts';
import { Reporter } from '../../proxy/agent/reporter.ts';

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

function reporter(clock = { now: 1000 }) {
  const sent: ProxyReport[] = [];
  const way = { open: true };
  const publish = async (report: ProxyReport) => {
    if (!way.open) throw new Error('down');
    sent.push(report);
  };
  return { reporter: new Reporter(publish, silent, () => clock.now), sent, way };
}

test('every change goes out once, with rising times even when the clock stands still or goes back', async () => {
  const clock = { now: 1000 };
  const { reporter: reports, sent } = reporter(clock);
  await reports.applied(1, 'h1');
  await reports.ready(true);
  await reports.ready(true);
  clock.now = 500;
  await reports.send();
  expect(sent.map(({ at, ready }) => [at, ready])).toEqual([
    [1000, false],
    [1001, true],
    [1002, true],
  ]);
});

test('a refusal is told once, keeps the revision that is served, and ends with the next that is applied', async () => {
  const { reporter: reports, sent } = reporter();
  await reports.applied(4, 'h4');
  await reports.rejected(5, 'T', 'no');
  await reports.rejected(5, 'T', 'no');
  await reports.applied(6, 'h6');
  expect(sent.map(({ rev, rejected }) => [rev, rejected?.rev])).toEqual([
    [4, undefined],
    [4, 5],
    [6, undefined],
  ]);
});

test('what could not be sent is in the next report', async () => {
  const { reporter: reports, sent, way } = reporter();
  way.open = false;
  await reports.applied(7, 'h7');
  await reports.ready(true);
  way.open = true;
  await reports.send();
  expect(sent).toMatchObject([{ rev: 7, hash: 'h7', ready: true, appliedAt: 1000 }]);
});

test('after a take-over nothing is said of a task that is not known to be ready, since it serves on', async () => {
  const { reporter: reports, sent } = reporter();
  reports.hold(60_000);
  await reports.send();
  await reports.applied(8, 'h8');
  expect(sent).toEqual([]);
  await reports.ready(true);
  await reports.ready(false);
  expect(sent.map(({ rev, ready }) => [rev, ready])).toEqual([
    [8, true],
    [8, false],
  ]);
});

test('a task that does not become ready after a take-over is told in the end', async () => {
  const { reporter: reports, sent } = reporter();
  reports.hold(10);
  await reports.applied(9, 'h9');
  await vi.waitFor(() => expect(sent).toMatchObject([{ rev: 9, ready: false }]));
});
