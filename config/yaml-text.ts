import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { ConfigError, type ConfigFault } from './config-error.js';

/** A recipe of this size is no recipe. */
const MAX_TEXT_BYTES = 1_048_576;
/** Anchors are a convenience; a document that expands one more often than this is an attack on memory. */
const MAX_ALIASES = 50;

export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A parsed document that still knows where each field was written. */
export interface YamlText {
  readonly value: unknown;
  /** Position of a field, or of its nearest parent that exists. */
  readonly locate: (path: readonly PropertyKey[]) => TextPosition | undefined;
}

/**
 * Reads YAML 1.2 (and so JSON) strictly: one document, no duplicate keys, no tags beyond the core ones, few aliases.
 * Throws ConfigError with the position of every fault.
 */
export function parseYamlText(text: string, where: string): YamlText {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES)
    throw new ConfigError(where, [{ path: '', message: 'expected a text of at most 1 MiB' }]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const faults = [...document.errors, ...document.warnings].map((error): ConfigFault => ({
    path: '',
    message: syntaxMessage(error),
    ...position(lines, error.pos[0]),
  }));
  if (faults.length > 0) throw new ConfigError(where, faults);
  return { value: expand(document, where), locate: (path) => locate(document, lines, path) };
}

function syntaxMessage(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'TAG_RESOLVE_FAILED') return `expected plain values: tags have no meaning here (${error.message})`;
  if (error.code === 'DUPLICATE_KEY') return 'expected each key once: this one stands twice';
  return `cannot be read as YAML or JSON: ${error.message}`;
}

function expand(document: Document.Parsed, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error) {
    throw new ConfigError(
      where,
      [{ path: '', message: `expected at most ${MAX_ALIASES} uses of anchors, none inside itself` }],
      { cause: error },
    );
  }
}

function locate(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): TextPosition | undefined {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const segment of path) {
    const step = child(isAlias(node) ? node.resolve(document) : node, segment);
    if (step === undefined) break;
    node = step.node;
    offset = step.offset ?? offset;
  }
  return offset === undefined ? undefined : position(lines, offset);
}

function child(node: unknown, segment: PropertyKey): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment));
    return pair === undefined
      ? undefined
      : { node: pair.value, offset: isScalar(pair.key) ? pair.key.range?.[0] : undefined };
  }
  if (!isSeq(node) || typeof segment !== 'number' || segment >= node.items.length) return undefined;
  const item = node.items[segment];
  return { node: item, offset: isNode(item) ? item.range?.[0] : undefined };
}

function position(lines: LineCounter, offset: number): TextPosition {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
