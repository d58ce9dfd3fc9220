/** Without line breaks and control characters: what YAML and Markdown both take as one line. */
export const oneLine = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex -- these characters are what this is about
    .replace(/[\s\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ')
    .trim();

/** 1234567 as 1,234,567, whatever the machine's language. */
export const grouped = (value: number): string =>
  Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ',') : String(value);

/** 0.1234 as 12.3 %. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;

const BAR_CHARACTERS = 40;
const GAP = '   ';

/** 0.1234 as 12.3, in points of a hundred. */
export const points = (share: number): string => (100 * share).toFixed(1);
/** A difference of shares with its sign: 0.1234 as +12.3. */
export const signedPoints = (difference: number): string => `${difference >= 0 ? '+' : ''}${points(difference)}`;

/** Counts as bars of text, one line each, the longest of `width` characters. A count above 0 has a bar. */
export function barLines(
  counts: readonly (readonly [label: string, count: number])[],
  width = BAR_CHARACTERS,
): string[] {
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const labelWidth = Math.max(0, ...counts.map(([label]) => label.length));
  const countWidth = Math.max(1, ...counts.map(([, count]) => grouped(count).length));
  return counts.map(([label, count]) => {
    const length = count === 0 ? 0 : Math.max(1, Math.round((width * count) / most));
    return `${label.padEnd(labelWidth)} ${grouped(count).padStart(countWidth)} ${'█'.repeat(length)}`.trimEnd();
  });
}

/** Levels 0 to 9 as bars. */
export const levelLines = (levels: readonly number[], width?: number): string[] =>
  barLines(
    levels.map((count, level) => [String(level), count]),
    width,
  );

/** Two scores by level as bars beside each other, each to its own scale: shapes are compared. */
export function levelsBeside(
  left: { readonly head: string; readonly levels: readonly number[] },
  right: { readonly head: string; readonly levels: readonly number[] },
  width: number,
): string[] {
  const lines = levelLines(left.levels, width);
  const others = levelLines(right.levels, width);
  const column = Math.max(left.head.length, ...lines.map((line) => line.length));
  return [
    `${left.head.padEnd(column)}${GAP}${right.head}`,
    ...lines.map((line, level) => `${line.padEnd(column)}${GAP}${others[level] ?? ''}`.trimEnd()),
  ];
}

/** Rows as columns of one width, the first to the left and the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_cell, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}
