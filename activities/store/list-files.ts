import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './atomic-file.js';
import { isSegment } from './object-key.js';
import type { ObjectInfo } from './object-store.js';

/** Sizes asked for at once. */
const STAT_BATCH = 64;

/**
 * Files below the root as objects whose keys start with the prefix, in ascending key order, holding no more than one directory a level in
 * memory. What is deleted meanwhile may be left out; partial files and names that no key can have are.
 */
export function listFiles(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  return walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
}

async function* walk(root: string, base: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const keys = (await keysIn(root, base)).filter((key) => key.startsWith(prefix) || prefix.startsWith(key));
  for (let start = 0; start < keys.length; start += STAT_BATCH) {
    const batch = keys.slice(start, start + STAT_BATCH);
    const infos = await Promise.all(batch.map((key) => fileInfo(root, key)));
    for (const [index, key] of batch.entries()) {
      const info = infos[index];
      if (info) yield info;
      else if (isDirectoryKey(key)) yield* walk(root, key, prefix);
    }
  }
}

/** Directories keep their slash: "a/..." comes after "a-b" in key order, although "a" comes before it. Keys are ASCII, so UTF-16 order is UTF-8 order. */
async function keysIn(root: string, base: string): Promise<string[]> {
  const entries = await entriesOf(join(root, base));
  const keys: string[] = [];
  for (const entry of entries) {
    if (!isSegment(entry.name)) continue;
    const isDirectory =
      entry.isDirectory() || (!entry.isFile() && (await pointsToDirectory(join(root, base, entry.name))));
    keys.push(isDirectory ? `${base}${entry.name}/` : `${base}${entry.name}`);
  }
  return keys.sort();
}

const isDirectoryKey = (key: string) => key.endsWith('/');

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** For links, and for file systems that do not tell types in a directory. */
async function pointsToDirectory(path: string): Promise<boolean> {
  return (await statIfPresent(path))?.isDirectory() ?? false;
}

async function fileInfo(root: string, key: string): Promise<ObjectInfo | undefined> {
  if (isDirectoryKey(key)) return undefined;
  const stats = await statIfPresent(join(root, key));
  return stats?.isFile() ? { key, bytes: stats.size } : undefined;
}

/** What stat tells of a path, or undefined when there is nothing. */
export async function statIfPresent(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
