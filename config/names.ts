import { z } from 'zod';

/** Names that become path segments, workflow ids and task queues: no URL, path or command fits in one. */
export const Name = z
  .string()
  .max(64)
  .regex(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/, 'expected a name: lower-case letters, digits, ".", "_" and "-", at most 64 characters')
  .refine((name) => !name.includes('..'), 'expected a name without ".."');

/** A path below a directory that the deployment names. It can neither leave that directory nor name a host. */
export const RelativePath = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'expected a relative path such as "gsm8k/test.jsonl"; absolute paths, URLs, ".." and spaces are not allowed in a recipe')
  .refine((path) => !path.split('/').includes('..'), 'expected a path without ".."');

/** An environment variable's name. Values of keys are never written in a file. */
export const EnvironmentVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'expected the NAME of an environment variable, such as "TEACHER_API_KEY"; a key itself never stands in a file');

export const poolQueue = (pool: string): string => `cotmill-pool-${pool}`;
export const WORKFLOW_QUEUE = 'cotmill';
export const IO_QUEUE = 'cotmill-io';
