import { z } from 'zod';
import { fieldPath, type ConfigFault } from './config-error.js';
import type { TextPosition } from './yaml-text.js';

const MAX_SHOWN_CHARACTERS = 60;
/** Fields that name secrets or may hold one by mistake: what stands there is never repeated in a message. */
const NEVER_SHOWN = /(?:env|url|endpoint|key|token|secret|password|address)$/i;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export interface IssueContext {
  readonly schema: z.ZodType;
  /** What was parsed. */
  readonly value: unknown;
  readonly issues: readonly Issue[];
  readonly locate: (path: Path) => TextPosition | undefined;
}

/** Every issue of a zod error as a fault, in the order of the text: the field, what was expected, what was found, the nearest known name. */
export function issueFaults(context: IssueContext): ConfigFault[] {
  const faults = context.issues.flatMap((issue) => faultsOf(context, issue, issue.path));
  return faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function faultsOf(context: IssueContext, issue: Issue, path: Path): ConfigFault[] {
  const fault = (at: Path, message: string): ConfigFault => ({ path: fieldPath(at), message, ...context.locate(at) });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => fault([...path, key], unknownKeyMessage(key, knownKeys(context, path))));
    case 'invalid_key':
      return [
        fault(path, `${issue.issues[0]?.message ?? 'expected another key'}, found the key ${show(path.at(-1), path)}`),
      ];
    case 'invalid_union':
      return unionFaults(context, issue, path);
    case 'custom':
      return [fault(path, issue.message)];
    default:
      return [fault(path, `${expectation(issue)}, ${found(context.value, path)}`)];
  }
}

function unionFaults(context: IssueContext, issue: z.core.$ZodIssueInvalidUnion, path: Path): ConfigFault[] {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const fitting = branches.find((branch) =>
    branch.every((nested) => nested.code !== 'invalid_type' || nested.path.length > 0),
  );
  if (fitting !== undefined) return fitting.flatMap((nested) => faultsOf(context, nested, [...path, ...nested.path]));
  const choices = branches
    .flatMap((branch) => branch.slice(0, 1))
    .map((nested) => expectation(nested).replace(/^expected /, ''));
  const options =
    branches.length === 0
      ? ('options' in issue ? (issue.options ?? []) : []).map((option) => JSON.stringify(option))
      : choices;
  return [
    {
      path: fieldPath(path),
      message: `expected ${options.join(' or ')}, ${found(context.value, path)}`,
      ...context.locate(path),
    },
  ];
}

/** What a field should have been, as "expected ...". Messages written in the schemas start so already and stand as they are. */
function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? `a value of type ${issue.expected}`}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_big':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'too_small':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'invalid_format':
      return issue.format === 'url'
        ? 'expected a URL that starts with http:// or https://'
        : `expected a text of the form ${issue.format}`;
    default:
      return `expected another value (${issue.message})`;
  }
}

const typeNames: Record<string, string> = {
  object: 'an object with fields',
  record: 'an object with fields',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function bound(origin: string, comparison: string, limit: number | bigint): string {
  if (origin === 'string') return `a text of ${comparison} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `a list of ${comparison} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `a number of ${comparison} ${limit}`;
}

function found(value: unknown, path: Path): string {
  const there = path.reduce<unknown>(
    (parent, segment) => (parent as Record<PropertyKey, unknown> | null | undefined)?.[segment],
    value,
  );
  return there === undefined ? 'found nothing' : `found ${show(there, path)}`;
}

function show(value: unknown, path: Path): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (path.some((segment) => NEVER_SHOWN.test(String(segment))))
    return 'something else (not shown, in case it is a secret)';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text;
}

function unknownKeyMessage(key: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(key.length / 3)))
    return `unknown field; did you mean "${nearest.name}"?`;
  return known.length === 0
    ? 'unknown field; none are expected here'
    : `unknown field; known here: ${known.join(', ')}`;
}

/** Levenshtein distance. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_cell, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** The schema at a path; several where a union stands on the way. */
function schemasAt(context: IssueContext, path: Path): SchemaNode[] {
  const root = z.toJSONSchema(context.schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  return path.reduce<SchemaNode[]>(
    (nodes, segment) => nodes.flatMap((node) => branchesOf(childSchema(node, segment))),
    branchesOf(root),
  );
}

function branchesOf(node: SchemaNode | undefined): SchemaNode[] {
  if (node === undefined) return [];
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return branches.length === 0 ? [node] : branches.flatMap(branchesOf);
}

function childSchema(node: SchemaNode, segment: PropertyKey): SchemaNode | undefined {
  if (typeof segment === 'number') return node.items;
  const property = node.properties?.[String(segment)];
  return property ?? (typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined);
}

const knownKeys = (context: IssueContext, path: Path): string[] => [
  ...new Set(schemasAt(context, path).flatMap((node) => Object.keys(node.properties ?? {}))),
];
