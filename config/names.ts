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

/** A path below a directory that the deployment names. It can neither leave that directory nor name a host. */
export const RelativePath = z
  .string()
  .max(512)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    'expected a relative path such as "gsm8k/test.jsonl": no absolute path, URL, "..", backslash, variable or space',
  )
  .meta({ title: 'relative path' });

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
