/** What a figure has to reach. */
export type Target = { readonly atMost: number } | { readonly atLeast: number };

/** One figure, for one or several cases (columns); undefined: not measured in that case. */
export interface Figure {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
  readonly target?: Target;
  /** Which cases the target is meant for; left out: all. */
  readonly judged?: readonly boolean[];
}

export interface Section {
  readonly title: string;
  /** Names of the cases. */
  readonly columns: readonly string[];
  readonly figures: readonly Figure[];
}

export const reaches = (value: number, target: Target): boolean =>
  'atMost' in target ? value <= target.atMost : value >= target.atLeast;

/** 'ok' when every case that is judged reaches the target, 'MISS' when one does not; undefined without a target or a value. */
export function verdictOf({ values, target, judged }: Figure): 'ok' | 'MISS' | undefined {
  const known = values.filter((value, index) => value !== undefined && judged?.[index] !== false);
  if (!target || known.length === 0) return undefined;
  return known.every((value) => value === undefined || reaches(value, target)) ? 'ok' : 'MISS';
}

export function tableOf({ title, columns, figures }: Section): string {
  const rows = [
    [title, ...columns, 'target', ''],
    ...figures.map((figure) => [
      figure.name,
      ...figure.values.map((value) => (value === undefined ? '-' : format(value))),
      targetText(figure.target),
      verdictOf(figure) ?? '',
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    line(rows[0] ?? []),
    '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2)),
    ...rows.slice(1).map(line),
  ].join('\n');
}

function targetText(target: Target | undefined): string {
  if (!target) return '';
  return 'atMost' in target ? `<= ${format(target.atMost)}` : `>= ${format(target.atLeast)}`;
}

function format(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 2 ? 1 : 3);
}
