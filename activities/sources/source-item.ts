/** What a reader yields, in file order: a row, or what made a row unreadable. `number` is the 1-based line or row. */
export type SourceItem =
  | { readonly number: number; readonly row: Readonly<Record<string, unknown>> }
  | { readonly number: number; readonly fault: string };
