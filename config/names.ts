import { z } from 'zod';

/** Names that become path segments, workflow ids and task queues: no URL, path or command fits in one. */
export const Name = z
  .string()
  .max(64)
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/,
    'expected a name: lower-case letters, digits, ".", "_" and "-", at most 64 characters',
  )
  .refine((name) => !name.includes('..'), 'expected a name without ".."')
  .meta({ title: 'name' });

export const PoolName = Name.describe('Name of an inference pool of the deployment.');
export const PromptName = Name.describe(
  "Name of a prompt: a file of the deployment's prompt directory, or a built-in one.",
);

/** A file below a place that the deployment names, or a pattern for several: "*" stands for any characters but a slash. It can neither leave that place nor name a host. */
export const FilePattern = z
  .string()
  .max(512)
  .regex(
    /^[A-Za-z0-9_*][A-Za-z0-9._*-]*(?:\/[A-Za-z0-9_*][A-Za-z0-9._*-]*)*$/,
    'expected a relative path such as "gsm8k/test.jsonl" or "data/train-*.parquet": no absolute path, URL, "..", backslash, variable or space',
  )
  .refine((path) => !path.includes('**'), 'expected "*" alone: it stands for any characters but a slash')
  .meta({ title: 'file or pattern' });

/** A dataset of the Hugging Face Hub. It can neither name another host nor leave the datasets. */
export const HubDatasetName = z
  .string()
  .max(193)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/,
    'expected a dataset of the Hub as "owner/name": letters, digits, ".", "_" and "-"',
  )
  .refine((name) => !name.includes('..') && !name.includes('--'), 'expected a name without ".." and "--"')
  .meta({ title: 'dataset of the Hub' });

/** A branch, tag or commit, for the record or to be looked up on the Hub. */
export const Revision = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    'expected a revision such as "main", "refs/convert/parquet" or a commit: letters, digits, ".", "_" and "-"',
  )
  .refine((name) => !name.includes('..'), 'expected a revision without ".."')
  .meta({ title: 'revision' });

/**
 * A field of a row, as users of the set know it. The characters keep it from being anything else: no quotes, slashes or control characters, so that
 * it can neither be a path or URL nor break out of a quoted column name.
 */
export const FieldPath = z
  .string()
  .min(1)
  .max(128)
  .regex(
    /^[\p{L}\p{N}_*][\p{L}\p{N}_ ()#?&+-]*(?:\.[\p{L}\p{N}_*][\p{L}\p{N}_ ()#?&+-]*)*$/u,
    'expected the name of a field such as "answer" or "meta.level": letters, digits, "_", "-", spaces',
  )
  .refine((path) => !path.split('.').some(isPrototypeKey), 'expected the name of a field of the row')
  .meta({ title: 'field' })
  .describe('Field of a row; dots go deeper, numbers pick from a list, and in chains "*" takes every entry of a list.');

/** An environment variable's name. Values of keys are never written in a file. */
export const EnvironmentVariable = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9_]*$/,
    'expected the NAME of an environment variable, such as "TEACHER_API_KEY"; a key itself never stands in a file',
  )
  .meta({ title: 'name of a variable' });

/** Keys that reach into JavaScript's own objects; no field of ours has such a name. */
export const isPrototypeKey = (key: string): boolean =>
  key === '__proto__' || key === 'constructor' || key === 'prototype';
