import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { build } from '../../scripts/build.ts';

/** Bytes of one function's bundle, by whose they are. */
export interface BundleSize {
  readonly file: string;
  /** Our own code and generated data. */
  readonly own: number;
  readonly all: number;
  /** What went into it. */
  readonly inputs: readonly string[];
}

/** Builds everything into a folder and measures one function's bundle by esbuild's metafile. */
export async function bundleSize(name: string, dist: string): Promise<BundleSize> {
  const bundles = await build(dist);
  const { outputs }: Metafile = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8'));
  const { file = '' } = bundles.find((bundle) => bundle.name === name) ?? {};
  const output = outputs[file];
  if (output === undefined) throw new Error(`the build has no bundle ${name}`);
  const inputs = Object.entries(output.inputs);
  const ours = inputs.filter(([input]) => !input.includes('node_modules/'));
  const own = ours.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  return { file: join(dist, name, 'handler.mjs'), own, all: output.bytes, inputs: inputs.map(([input]) => input) };
}
