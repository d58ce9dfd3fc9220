import type { Readable } from 'node:stream';

/** A file of an input. */
export interface InputFile {
  /** As the recipe names it. */
  readonly path: string;
  readonly bytes: number;
  /** Where it lies on this machine; undefined for objects of the store and files of the Hub. */
  readonly localPath: string | undefined;
  /** SHA-256 of its bytes, hex, where it is known before they are read. */
  readonly sha256?: string;
  /** Brings it into the input's own directory, where it stays, and gives its path; for inputs that keep what they read. */
  readonly keep?: (signal?: AbortSignal) => Promise<string>;
  /** Its bytes from the beginning; every call opens anew. An aborted signal ends a download that waits for the network. */
  open(signal?: AbortSignal): Promise<Readable>;
}

/** Files of one dataset of the Hub, all of one commit. */
export interface DatasetFiles {
  /** Commit id, 40 hex digits. */
  readonly revision: string;
  /** The file of a path, or those that match a pattern, by name. Throws SourceError when there is none, SourceUnavailable. */
  files(pattern: string): Promise<readonly InputFile[]>;
}

/** What recipes may read under one name. */
export interface SourceInput {
  /** Name and place, for messages. */
  readonly description: string;
  /** Throws SourceError when there is no such file or it lies outside; StoreError when the store fails. */
  file(path: string): Promise<InputFile>;
  /** Of inputs of the Hub only: a dataset at a branch, tag or commit. Throws SourceError and SourceUnavailable. */
  readonly dataset?: (name: string, revision: string) => Promise<DatasetFiles>;
}

export type OpenInput = (name: string) => SourceInput;
