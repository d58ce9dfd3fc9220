/** A value found in a row, with the concrete path that led to it. */
export interface FoundField {
  readonly path: string;
  /** undefined: the row has no such field. */
  readonly value: unknown;
}

/** The value at a dotted path: names go into objects, numbers into lists (`conversations.1.value`). */
export function readField(row: unknown, path: string): unknown {
  return path.split('.').reduce(child, row);
}

/**
 * All values at a dotted path in which `*` takes every entry of a list (`reasoning.*.thought`). A list that is missing gives one entry with an
 * undefined value, so that the absence can be reported; an empty list gives none.
 */
export function readFields(row: unknown, path: string): FoundField[] {
  return path
    .split('.')
    .reduce<FoundField[]>(
      (found, segment) => found.flatMap((field) => step(field, segment)),
      [{ path: '', value: row }],
    );
}

function step(field: FoundField, segment: string): FoundField[] {
  if (segment !== '*') return [{ path: joinPath(field.path, segment), value: child(field.value, segment) }];
  if (!Array.isArray(field.value)) return [{ path: joinPath(field.path, '*'), value: undefined }];
  return field.value.map((value: unknown, index) => ({ path: joinPath(field.path, String(index)), value }));
}

function child(parent: unknown, segment: string): unknown {
  if (typeof parent !== 'object' || parent === null) return undefined;
  if (Array.isArray(parent)) return /^\d+$/.test(segment) ? (parent[Number(segment)] as unknown) : undefined;
  return Object.hasOwn(parent, segment) ? (parent as Record<string, unknown>)[segment] : undefined;
}

const joinPath = (parent: string, segment: string): string => (parent === '' ? segment : `${parent}.${segment}`);
