import type { TrainingView } from '../../config/training-view.js';
import type { DatasetVersion, SetName, SplitName, TrainingRef } from '../selection/training-set.js';
import { jsonDocument } from '../store/json-objects.js';
import type { NotFormed, PairKind } from './pairs.js';
import type { LeftOut } from './view-rows.js';

/** `view.json`: what stands in the folder of a view, and what does not. */
export interface ViewReport {
  readonly schema: 1;
  /** Of the folder. */
  readonly name: string;
  readonly set: SetName;
  readonly trainingSet: TrainingRef;
  readonly dataset: DatasetVersion;
  /** As it was asked for, with every default filled in. */
  readonly spec: TrainingView;
  readonly rows: Readonly<Record<SplitName, number>>;
  /** Picked chains without a row, by reason. */
  readonly leftOut: LeftOut;
  /** Pair views alone. */
  readonly pairs?: {
    readonly byKind: Readonly<Partial<Record<PairKind, number>>>;
    /** By kind and reason: questions without one of the two sides, and combinations of chains that were not taken. */
    readonly notFormed: Readonly<Partial<Record<PairKind, Readonly<Partial<Record<NotFormed, number>>>>>>;
  };
  /** Columns of the Parquet files that the JSON lines lack, because some rows have no value. */
  readonly jsonlWithout: readonly string[];
  /** Tables by split, in order. */
  readonly files: Readonly<Partial<Record<SplitName, readonly string[]>>>;
}

/** A small file beside the tables. */
export interface ViewDocument {
  readonly name: string;
  readonly text: string;
}

/** What a reader of the folder needs besides the rows. Pure. */
export function viewDocuments(report: ViewReport): ViewDocument[] {
  const llamaFactory = llamaFactoryInfo(report);
  const swift = swiftArguments(report);
  return [
    { name: 'view.json', text: jsonDocument(report) },
    ...(llamaFactory ? [{ name: 'dataset_info.json', text: jsonDocument(llamaFactory) }] : []),
    ...(swift ? [{ name: 'ms-swift.json', text: jsonDocument(swift) }] : []),
    { name: 'README.md', text: readme(report, { llamaFactory: llamaFactory && Object.keys(llamaFactory), swift }) },
  ];
}

const splitsOf = ({ files }: ViewReport): SplitName[] =>
  (['train', 'validation'] as const).filter((split) => files[split]);

/** Names of LLaMA-Factory's entries may hold no more than these characters. */
const entryName = ({ name }: ViewReport, split: SplitName): string => `${name}_${split}`;

/**
 * Entries of `dataset_info.json`, or undefined for a form that LLaMA-Factory has no reader for. `script_url` makes it load the folder through
 * `datasets`, which finds all files of a split; `file_name` would take one file alone.
 */
function llamaFactoryInfo(report: ViewReport): Readonly<Record<string, object>> | undefined {
  const form = llamaFactoryForm(report.spec);
  if (!form) return undefined;
  return Object.fromEntries(
    splitsOf(report).map((split) => [entryName(report, split), { script_url: '.', split, ...form }]),
  );
}

function llamaFactoryForm(view: TrainingView): object | undefined {
  const system = 'system' in view && view.system !== undefined ? { system: 'system' } : {};
  switch (view.form) {
    case 'messages':
      return {
        formatting: 'sharegpt',
        columns: { messages: 'messages' },
        tags: {
          role_tag: 'role',
          content_tag: 'content',
          user_tag: 'user',
          assistant_tag: 'assistant',
          system_tag: 'system',
        },
      };
    case 'sharegpt':
      return { formatting: 'sharegpt', columns: { messages: 'conversations', ...system } };
    case 'alpaca':
      return { columns: { prompt: 'instruction', query: 'input', response: 'output', ...system } };
    case 'prompt-completion':
      return view.conversational ? undefined : { columns: { prompt: 'prompt', response: 'completion', ...system } };
    case 'dpo':
      return view.conversational
        ? undefined
        : { ranking: true, columns: { prompt: 'prompt', chosen: 'chosen', rejected: 'rejected', ...system } };
    case 'cogpo': // It would train with one beta for all pairs.
    case 'omnithought':
      return undefined;
    default:
      return view satisfies never;
  }
}

/** Arguments for `swift sft --config ms-swift.json` in the folder of the view, or undefined for forms that it does not take for SFT. */
function swiftArguments({ spec, files }: ViewReport): object | undefined {
  const taken = spec.form === 'messages' || spec.form === 'sharegpt' || spec.form === 'alpaca';
  if (!taken || !files.train) return undefined;
  const kind = spec.files.includes('jsonl') ? '.jsonl' : '.parquet';
  const of = (names: readonly string[] = []): string[] => names.filter((name) => name.endsWith(kind));
  return { dataset: of(files.train), ...(files.validation && { val_dataset: of(files.validation) }) };
}

interface Consumers {
  readonly llamaFactory: readonly string[] | undefined;
  readonly swift: object | undefined;
}

function readme(report: ViewReport, { llamaFactory, swift }: Consumers): string {
  const { trainingSet, dataset, rows, name } = report;
  const lines = [
    `# ${name}`,
    '',
    `View \`${report.spec.form}\` of training set ${trainingSet.name} ${trainingSet.version}${report.set === 'default' ? '' : `, set ${report.set}`}, drawn from data set ${dataset.name} ${dataset.version}. ` +
      `Rows: ${rows.train} train, ${rows.validation} validation. What was left out, and why, is in \`view.json\`.`,
    '',
    ...(splitsOf(report).length > 0 ? loading(report) : ['There is no table: the data gave no row.']),
  ];
  if (llamaFactory && llamaFactory.length > 0)
    lines.push('', `LLaMA-Factory: \`dataset_dir\` is this folder, \`dataset: ${llamaFactory[0] ?? ''}\`.`);
  if (swift) lines.push('', 'ms-swift: `swift sft --config ms-swift.json --model MODEL`.');
  return `${lines.join('\n')}\n`;
}

function loading(report: ViewReport): string[] {
  const [kind = 'parquet'] = report.spec.files;
  const files = splitsOf(report).map((split) => `"${split}": "${split}-*.${kind}"`);
  return [
    'From this folder:',
    '',
    '```python',
    'from datasets import load_dataset',
    `dataset = load_dataset("${kind === 'jsonl' ? 'json' : kind}", data_files={${files.join(', ')}})`,
    '```',
  ];
}
