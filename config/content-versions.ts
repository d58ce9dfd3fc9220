import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { Deployment } from './deployment.js';
import type { Recipe } from './recipe.js';
import type { Student } from './student.js';

const HEX_DIGITS = 8;
/** Characters of a written version that leave room for the hash behind it, since a version has at most 64. */
export const MAX_WRITTEN_VERSION = 64 - HEX_DIGITS - 1;

/** A written version with a hash behind it: `v1-3f2a91bc`. `sha256` in hex. */
export const contentVersion = (written: string, sha256: string): string => `${written}-${sha256.slice(0, HEX_DIGITS)}`;

/** Versions of what follows from a data set, by name. */
export interface ContentVersions {
  readonly trainingSets: Readonly<Record<string, string>>;
  readonly students: Readonly<Record<string, string>>;
}

/**
 * Versions that name what training sets and students of a recipe are made of: equal ones are the same, another data set, setting or base model is
 * another version. Pure; [ours]. What only decides whether a training starts (its preflight) or where a model is served is not in it.
 */
export function contentVersions(
  { trainingSets = [], students = [] }: Pick<Recipe, 'trainingSets' | 'students'>,
  dataset: { readonly name: string; readonly version: string },
  models: Deployment['models'],
): ContentVersions {
  const sets = Object.fromEntries(
    trainingSets.map(({ version, ...set }) => [set.name, contentVersion(version, hashOf([dataset, set]))]),
  );
  const versions: Record<string, string> = {};
  const versionOf = (student: Student, below: readonly string[]): string => {
    const { version, base, preflight: _preflight, server: _server, ...made } = student;
    const other = 'student' in base ? students.find(({ name }) => name === base.student) : undefined;
    // A circle of bases is no valid recipe: it must only not run for ever here.
    const from =
      other && !below.includes(other.name)
        ? { student: versionOf(other, [...below, other.name]) }
        : { base, model: 'model' in base ? (models[base.model] ?? null) : null };
    return contentVersion(version, hashOf([sets[made.trainingSet] ?? null, made, from]));
  };
  for (const student of students) versions[student.name] = versionOf(student, [student.name]);
  return { trainingSets: sets, students: versions };
}

const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');
