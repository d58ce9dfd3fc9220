/**
 * JSON text that depends on the value alone: object keys in ascending UTF-16 order, no white space, undefined fields dropped, everything
 * else as JSON.stringify writes it. Two values have the same text exactly when JSON could not tell them apart, so a hash of the text
 * identifies the value. Throws TypeError, naming the path, for what JSON would change or lose in silence: numbers that are not finite,
 * functions, symbols, bigints and instances of classes (Date, Map, ...).
 */
export function canonicalJson(value: unknown): string {
  try {
    return write(value) ?? 'null';
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    throw new TypeError(
      `Cannot write $${error.path} as canonical JSON: expected null, boolean, finite number, string, array or plain object, found ${error.found}.`,
    );
  }
}

/** Its path is put together on its way up: every paid call passes here, and none needs one. */
class Unwritable extends Error {
  path = '';
  readonly found: string;

  constructor(found: string) {
    super(found);
    this.found = found;
  }
}

function write(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value !== 'object') throw new Unwritable(typeof value);
  return Array.isArray(value) ? writeArray(value) : writeObject(value as Record<string, unknown>);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Unwritable(String(value));
  return JSON.stringify(value);
}

function writeArray(items: readonly unknown[]): string {
  let text = '';
  let at = 0;
  try {
    for (; at < items.length; at += 1) text += `${at === 0 ? '' : ','}${write(items[at]) ?? 'null'}`;
  } catch (error) {
    throw below(`[${at}]`, error);
  }
  return `[${text}]`;
}

function writeObject(value: Record<string, unknown>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new Unwritable(`an instance of ${value.constructor.name}`);
  let text = '';
  let at = '';
  try {
    for (at of sortedKeys(value)) {
      const field = write(value[at]);
      if (field !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(at)}:${field}`;
    }
  } catch (error) {
    throw below(`.${at}`, error);
  }
  return `{${text}}`;
}

function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  const isSorted = keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key);
  return isSorted ? keys : keys.sort();
}

function below(segment: string, error: unknown): unknown {
  if (error instanceof Unwritable) error.path = segment + error.path;
  return error;
}
