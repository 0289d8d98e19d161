import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { zip } from '../../local/zip.ts';

test('equal files give equal archives', () => {
  const entries = [{ name: 'handler.mjs', data: Buffer.from('export {}') }];
  expect(zip(entries)).toEqual(zip(entries));
});

test('another program unpacks names, contents and modes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-zip-'));
  try {
    const data = Buffer.from('ü'.repeat(100_000));
    const entries = [
      { name: 'nested/text.txt', data },
      { name: 'bootstrap', data: Buffer.from('#!/bin/sh\n'), executable: true },
      { name: 'empty', data: Buffer.alloc(0) },
    ];
    writeFileSync(join(folder, 'a.zip'), zip(entries));
    const unpack =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2]); print([oct(i.external_attr >> 16) for i in z.infolist()])';
    const modes = execFileSync('python3', ['-c', unpack, join(folder, 'a.zip'), folder], { encoding: 'utf8' });
    expect(modes.trim()).toBe("['0o100644', '0o100755', '0o100644']");
    expect(readFileSync(join(folder, 'nested/text.txt'))).toEqual(data);
    expect(statSync(join(folder, 'empty')).size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
