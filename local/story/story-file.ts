import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Step } from './weir-api.ts';

/** What became of one release. Times are epoch milliseconds. */
export type Release = {
  /** The version the release carries, e.g. `v2`. */
  revision: string;
  outcome: 'promoted' | 'rolledBack' | 'superseded' | 'unrouted' | 'failed';
  /** Why, in one sentence of the control plane. */
  reason: string;
  steps: Step[];
  /** First 5xx written by a task of this revision. */
  firstFailureAt?: number;
  /** The last required sidecar's acknowledgement of weight 0, as the control plane stored it. */
  zeroAckedAt?: number;
  secondsToZero?: number;
  /** What the client finally saw while this release ran. */
  client: { requests: number; failed: number };
  canary: { requests: number; failed: number; shielded: number };
};

/** `.local/story.json`: a stable interface. */
export type Story = { releases: Release[] };

/** Where the story stands when it is over. */
export const STORY_FILE = fileURLToPath(new URL('../../.local/story.json', import.meta.url));

/** Writes the story so that a reader finds the old file or the new one, never half of one. */
export async function writeStory(path: string, story: Story): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(story, undefined, 2)}\n`);
  await rename(`${path}.${process.pid}`, path);
}
