import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Image } from './ecs/images.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TABLE = fileURLToPath(new URL('images.json', import.meta.url));

/**
 * What runs for which image: `local/images.json` and, over it, `more`. Paths in a command are relative to the repository;
 * containers have working directories of their own, so they are made absolute here.
 */
export function imageTable(more: Readonly<Record<string, Image>> = {}): Record<string, Image> {
  const images: Record<string, Image> = { ...JSON.parse(readFileSync(TABLE, 'utf8')), ...more };
  return Object.fromEntries(Object.entries(images).map(([name, image]) => [name, absolute(image)]));
}

function absolute(image: Image): Image {
  const [program, ...args] = image.command;
  return { ...image, command: [place(program), ...args.map(place)] };
}

const place = (word: string): string => (word.includes('/') && existsSync(join(ROOT, word)) ? join(ROOT, word) : word);
