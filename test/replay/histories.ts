import { hostname, tmpdir } from 'node:os';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WorkflowHandle } from '@temporalio/client';
import { packageRoot } from '../../config/package-root.js';

/** A recorded history in the form of `temporal workflow show -o json`, which Temporal's replayer takes. */
export interface RecordedHistory {
  readonly events: readonly RecordedEvent[];
}

export interface RecordedEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } };
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { readonly name: string } };
}

export const historiesDirectory = (): string => join(packageRoot(), 'test', 'histories');

/** Recorded histories by their file names without the ending. */
export function readHistories(directory = historiesDirectory()): ReadonlyMap<string, RecordedHistory> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => {
      const history = JSON.parse(readFileSync(join(directory, name), 'utf8')) as RecordedHistory;
      return [name.slice(0, -'.json'.length), history];
    }),
  );
}

export const workflowTypeOf = ({ events }: RecordedHistory): string =>
  events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '';

/** Writes the history of a workflow that has ended, one event a line, without anything of the machine it ran on. */
export async function recordHistory(handle: WorkflowHandle, file: string): Promise<number> {
  const { events } = JSON.parse(historyToJSON(await handle.fetchHistory()), withoutMachine) as RecordedHistory;
  const lines = events.map((event) => JSON.stringify(event));
  const json = `{"events":[\n${lines.join(',\n')}\n]}\n`;
  if (json.includes(hostname())) throw new Error(`${file}: the history names this machine`);
  writeFileSync(file, json);
  return json.length;
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** Payloads of a history as text. */
export const payloadsOf = (history: RecordedHistory): string =>
  [...JSON.stringify(history).matchAll(/"data":"([A-Za-z0-9+/=]*)"/g)]
    .map(([, data]) => decoded(data ?? ''))
    .join('\n');

/** Paths of jobs, checkpoints and servers. A replay compares nothing with them. */
const withoutPaths = (text: string): string =>
  text.replaceAll(packageRoot(), '/cotmill').replace(new RegExp(`${tmpdir()}/cotmill-[\\w-]+`, 'g'), '/shared');

/** Worker identities are `process@host`, and sticky queues begin with them; stack traces name files. None of it matters to a replay. */
function withoutMachine(this: unknown, key: string, value: unknown): unknown {
  if (key === 'identity') return 'worker';
  if (key === 'stackTrace') return '';
  if (key === 'data' && typeof value === 'string') return encoded(withoutPaths(decoded(value)));
  return typeof value === 'string' ? value.replaceAll(`${process.pid}@${hostname()}`, 'worker') : value;
}
