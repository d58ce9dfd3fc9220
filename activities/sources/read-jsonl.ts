import { isUtf8 } from 'node:buffer';
import { DamagedData, decompress, type Compression } from './decompress.js';
import { createLineSplitter, type Line } from './line-splitter.js';
import type { SourceItem } from './source-item.js';

const MAX_LINE_BYTES = 32 * 1024 * 1024;
const BYTE_ORDER_MARK = '\ufeff';

export interface JsonlOptions {
  readonly compression: Compression;
  /** Name of the file, for the fault of a compressed file that breaks off. */
  readonly name: string;
  readonly maxLineBytes?: number;
}

/**
 * Reads JSON Lines: one object a line, UTF-8 (a byte order mark is skipped), blank lines allowed, "\n" or "\r\n". A line that can't be read is
 * yielded as a fault and reading goes on; compressed data that break off are a last fault. Errors of the stream pass through.
 */
export async function* readJsonl(bytes: AsyncIterable<Uint8Array>, options: JsonlOptions): AsyncGenerator<SourceItem> {
  const splitter = createLineSplitter(options.maxLineBytes ?? MAX_LINE_BYTES);
  try {
    for await (const chunk of decompress(bytes, options.compression)) {
      for (const line of splitter.push(chunk)) {
        const item = readLine(line);
        if (item !== undefined) yield item;
      }
    }
  } catch (error) {
    if (!(error instanceof DamagedData)) throw error;
    const fault = `${options.name}: ${error.message}; this line and those after it are lost, get the file anew`;
    yield { number: splitter.lineNumber, fault };
    return;
  }
  for (const line of splitter.end()) {
    const item = readLine(line);
    if (item !== undefined) yield item;
  }
}

/** undefined: a blank line. */
function readLine(line: Line): SourceItem | undefined {
  const { number } = line;
  if ('tooLongBytes' in line) return { number, fault: `the line is too long: ${line.tooLongBytes} bytes` };
  if (!isUtf8(line.bytes)) return { number, fault: 'expected UTF-8, found other bytes' };
  const text = line.bytes.toString('utf8');
  const json = number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return json.trim() === '' ? undefined : { number, ...parseObject(json) };
}

function parseObject(json: string): { readonly row: Readonly<Record<string, unknown>> } | { readonly fault: string } {
  try {
    const row: unknown = JSON.parse(json);
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return { row: row as Record<string, unknown> };
    return { fault: `expected a JSON object, found ${Array.isArray(row) ? 'a list' : JSON.stringify(typeof row)}` };
  } catch (error) {
    return { fault: `broken JSON: ${withoutSource(error instanceof Error ? error.message : String(error))}` };
  }
}

/** V8 quotes the text around the fault; rows have no place in messages. */
const withoutSource = (message: string): string => message.replace(/,? ?(?:\.\.\.)?"[^]*is not valid JSON$/, '');
