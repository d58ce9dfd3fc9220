import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { improvementReportKey } from '../../activities/improve/round-names.js';
import { parseReleaseName, readRelease, type Release } from '../../activities/publication/release.js';
import { datasetReportData, REPORT_FILE, type DatasetReportOptions } from '../../activities/report/dataset-report.js';
import { openExplorer } from '../../activities/report/explorer.js';
import { pageAssets } from '../../activities/report/page-assets.js';
import { pageHtml } from '../../activities/report/page-html.js';
import { publishedDataset } from '../../activities/selection/dataset-version.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { withTemporaryDirectory } from '../../activities/temporary-directory.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { keptFiles } from '../kept-files.js';
import { serveReport } from '../report-server.js';
import { stopSignal } from '../serve.js';
import { chosenDeployment, deploymentOption, storeOf } from './deployment-option.js';

interface ReportCommandOptions {
  readonly deployment?: string;
  readonly serve?: boolean;
  readonly port: number;
  readonly out?: string;
}

/**
 * `cotmill report NAME[@VERSION]`: the page of a published version as a file, or served with all of its questions behind it; `cotmill report
 * RUN/improvement`: that of a self-improvement.
 */
export function reportCommand(): Command {
  return new Command('report')
    .description(
      'write the report of a data set, training set or self-improvement as one file, or serve that of a data set with every question behind it',
    )
    .argument('<name>', 'NAME or NAME@VERSION, without a version the newest; or RUN/improvement')
    .option('--serve', 'serve it on this machine until Ctrl-C')
    .option('--port <port>', 'with --serve: port on 127.0.0.1; 0 is any that is free', portOf, 0)
    .option('--out <file>', 'file to write; default: NAME-VERSION.html, or RUN-improvement.html, here')
    .addOption(deploymentOption())
    .action(report);
}

async function report(name: string, options: ReportCommandOptions): Promise<void> {
  if (options.serve && options.out !== undefined)
    throw new CommandError('--serve and --out are two ways to look at a report: give one.', EXIT.badInput);
  const deployment = await chosenDeployment(options);
  const store = await storeOf(deployment);
  const [, run] = IMPROVEMENT.exec(name) ?? [];
  if (run !== undefined) return writeStoredReport(improvementOf(store, run), options);
  const release = await readRelease(store, parseReleaseName(name));
  if (release.kind === 'training') return writeStoredReport(trainingOf(store, release), options);
  const out = fileOf(release, options);
  await withTemporaryDirectory(tmpdir(), 'cotmill-report-', async (temporaryDirectory) => {
    const manifest = await publishedDataset(store, release);
    const opened = { store, files: keptFiles(store, deployment.store)(manifest), temporaryDirectory };
    await (options.serve ? serve(opened, options.port) : write(out, await datasetPage(opened)));
  });
}

const datasetPage = async (opened: DatasetReportOptions): Promise<string> =>
  pageHtml(await datasetReportData(opened), await pageAssets());

/** A report that was written once and lies in the store. */
interface StoredReport {
  readonly store: ObjectStore;
  readonly key: string;
  /** For messages: what it is about, and that it is not there. */
  readonly what: string;
  readonly absent: string;
  /** The file is called by them, where nobody says otherwise. */
  readonly name: string;
  readonly version: string;
}

const trainingOf = (store: ObjectStore, { name, version, prefix }: Release): StoredReport => ({
  ...{ store, key: `${prefix}/${REPORT_FILE}`, name, version },
  what: `"${name}" is a training set`,
  absent: `${prefix} in ${store.description} has no ${REPORT_FILE}.`,
});

/** As its workflow is named, and its folder. */
const IMPROVEMENT = /^([A-Za-z0-9][A-Za-z0-9._-]*)\/improvement$/;

const improvementOf = (store: ObjectStore, run: string): StoredReport => ({
  ...{ store, key: improvementReportKey(run), name: run, version: 'improvement' },
  what: `"${run}/improvement" is a self-improvement`,
  absent: `${improvementReportKey(run)} is not in ${store.description}: no round of a self-improvement of a run "${run}" is done.`,
});

const fileOf = ({ name, version }: Pick<Release, 'name' | 'version'>, { out }: ReportCommandOptions): string =>
  resolve(out ?? `${name}-${version}.html`);

async function writeStoredReport(report: StoredReport, options: ReportCommandOptions): Promise<void> {
  if (options.serve)
    throw new CommandError(
      `${report.what}: --serve shows data sets. Without it the report is written as a file.`,
      EXIT.badInput,
    );
  const page = await report.store.get(report.key);
  if (!page) throw new CommandError(report.absent, EXIT.badInput);
  await write(fileOf(report, options), page);
}

async function write(file: string, page: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, page);
  console.log(file);
}

async function serve(opened: DatasetReportOptions, port: number): Promise<void> {
  const { overview } = await datasetReportData(opened);
  const explorer = await openExplorer(opened);
  try {
    const server = await serveReport({ overview, explorer, assets: await pageAssets(), port }).catch(
      (cause: unknown) => {
        throw new CommandError(
          `Port ${port} of 127.0.0.1 can not be used (${cause instanceof Error ? cause.message : String(cause)}): give another --port.`,
          EXIT.badInput,
          { cause },
        );
      },
    );
    console.log(`${server.url}  (Ctrl-C stops it)`);
    await stopSignal();
    await server.close();
  } finally {
    explorer.close();
  }
}

const MAX_PORT = 65_535;

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= MAX_PORT) return port;
  throw new InvalidArgumentError(`Expected a port, 0 to ${MAX_PORT}.`);
}
