/** What is needed of a terminal. */
export interface Terminal {
  /** Characters a line; 0 or undefined when unknown. */
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface LiveScreen {
  /** Characters a line may have. */
  width(): number;
  /** Replaces what was drawn before. Lines are cut to the terminal, both ways. */
  draw(lines: readonly string[]): void;
}

const UP = (lines: number): string => (lines > 0 ? `\u001B[${lines}A\r` : '');
const CLEAR_LINE_REST = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** A block of lines at the end of a terminal that is drawn over again and again, one write each, so that nothing flickers. */
export function createLiveScreen(terminal: Terminal): LiveScreen {
  let drawn: readonly string[] = [];
  const width = (): number => terminal.columns || 80;
  /** A terminal made narrower has folded what was drawn. */
  const rowsDrawn = (): number => drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width())), 0);
  return {
    width,
    draw(lines) {
      // What has scrolled off the top can't be drawn over.
      const fitting = lines.slice(0, Math.max(1, (terminal.rows || 24) - 1)).map((line) => line.slice(0, width()));
      const text = fitting.map((line) => `${line}${CLEAR_LINE_REST}\n`).join('');
      terminal.write(`${UP(rowsDrawn())}${text}${CLEAR_BELOW}`);
      drawn = fitting;
    },
  };
}
