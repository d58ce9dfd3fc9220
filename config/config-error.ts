/** One thing that is wrong in something a user wrote. */
export interface ConfigFault {
  /** Field, such as `teachers[0].sampling.temperature`; '' is the whole document. */
  readonly path: string;
  /** What was expected and what was found, as one sentence without a full stop. */
  readonly message: string;
  /** 1-based position in the file, where it is known. */
  readonly line?: number;
  readonly column?: number;
}

/** Place of a field in what a user wrote, such as `['teachers', 0, 'pool']`. */
export type Path = readonly (string | number)[];

/** Takes the faults that a rule finds. */
export type Report = (path: Path, message: string) => void;

/** A recipe, deployment or prompt that its author has to correct: holds every fault found, and prints without a stack. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  /** The file, or words for what was read, such as "the workflow input". */
  readonly where: string;
  readonly faults: readonly ConfigFault[];

  constructor(where: string, faults: readonly ConfigFault[], options?: { readonly cause?: unknown }) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super(
      [`${where} is not valid (${count}):`, ...faults.map((fault) => `  ${faultLine(where, fault)}`)].join('\n'),
      options,
    );
    this.where = where;
    this.faults = faults;
  }
}

/** `recipe.yaml:12:5 teachers[0].pool: expected ...`: the form that editors and terminals turn into a link. */
function faultLine(where: string, fault: ConfigFault): string {
  const position = fault.line === undefined ? where : `${where}:${fault.line}:${fault.column ?? 1}`;
  return fault.path === '' ? `${position} ${fault.message}` : `${position} ${fault.path}: ${fault.message}`;
}

/** `['teachers', 0, 'pool']` as `teachers[0].pool`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? String(segment) : `${text}.${String(segment)}`;
  }, '');
}
