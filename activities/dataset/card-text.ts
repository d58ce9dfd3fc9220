import { grouped, oneLine } from '../plain-text.js';

/** Markdown for cards: everything that a user or a model named is escaped, so that it can't become a heading, a link or HTML. */

/** Text within a line: white space and control characters become single spaces. */
export const inline = (text: string): string => oneLine(text).replace(/[\\`*_[\]<>|~&$#]/g, '\\$&');

/** Text of several paragraphs, as a user wrote it: blank lines stay, nothing at the beginning of a line means anything. */
export function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => inline(paragraph).replace(/^(?:[-+=]|\d+(?=[.)]))/, (start) => escapeStart(start)))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

const escapeStart = (start: string): string => (/^\d/.test(start) ? `${start}\u200B` : `\\${start}`);

/** A name as code. Back quotes, which would end it, are dropped. */
export const code = (text: string): string => `\`${oneLine(text).replaceAll('`', '')}\``;

/** A table; cells are Markdown already. Columns of numbers stand to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumeric = (column: number): boolean =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number' || row[column] === '');
  const rule = header.map((_, column) => (isNumeric(column) ? '---:' : '---'));
  const lines = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell.replaceAll('\n', ' '))),
  );
  return [header, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Lines as they are; three back quotes in one of them would end the block. */
export const codeBlock = (lines: readonly string[]): string =>
  ['```', ...lines.map((line) => line.replaceAll('```', "'''")), '```'].join('\n');
