/**
 * JSON text that depends on the value alone: object keys in ascending UTF-16 order, no white space, undefined fields dropped, everything
 * else as JSON.stringify writes it. Two values have the same text exactly when JSON could not tell them apart, so a hash of the text
 * identifies the value. Throws TypeError, naming the path, for what JSON would change or lose in silence: numbers that are not finite,
 * functions, symbols, bigints and instances of classes (Date, Map, ...).
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$') ?? 'null';
}

function write(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return writeNumber(value, path);
  if (typeof value !== 'object') throw notJson(path, typeof value);
  return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path);
}

function writeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw notJson(path, String(value));
  return JSON.stringify(value);
}

function writeArray(items: readonly unknown[], path: string): string {
  return `[${items.map((item, index) => write(item, `${path}[${index}]`) ?? 'null').join(',')}]`;
}

function writeObject(value: object, path: string): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw notJson(path, `an instance of ${value.constructor.name}`);
  const fields: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const text = write((value as Record<string, unknown>)[key], `${path}.${key}`);
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join(',')}}`;
}

const notJson = (path: string, found: string) =>
  new TypeError(
    `Cannot write ${path} as canonical JSON: expected null, boolean, finite number, string, array or plain object, found ${found}.`,
  );
