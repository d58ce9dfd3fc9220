import { describe, expect, it } from 'vitest';
import { createLiveScreen } from '../../workers/live-screen.js';

/** A terminal of so many columns and rows, as far as the screen uses one: rows, a cursor, and folding of long lines. */
function terminal(columns: number, rows: number) {
  const lines: string[] = [''];
  let row = 0;
  const put = (text: string): void => {
    lines[row] = text;
  };
  return {
    columns,
    rows,
    lines,
    writes: 0,
    write(text: string) {
      this.writes += 1;
      for (const [part] of text.matchAll(/\p{Cc}\[\d*[AKJ]|\r|\n|\P{Cc}+/gu)) {
        if (part === '\n') {
          row += 1;
          lines[row] ??= '';
        } else if (part.endsWith('A') && part.startsWith('\u001B')) row -= Number(part.slice(2, -1));
        else if (part === '\u001B[J') lines.length = row + 1;
        else if (part === '\u001B[K' || part === '\r') continue;
        else put(part);
        if (row < 0) throw new Error('above the screen');
      }
      if (lines[row] !== '') lines[row] = '';
    },
  };
}

describe('live screen', () => {
  it('draws over what it drew, whether there is more or less of it now', () => {
    const screen = terminal(40, 20);
    const live = createLiveScreen(screen);
    for (const lines of [['one'], ['one', 'two', 'three'], ['eins', 'zwei']]) {
      live.draw(lines);
      expect(screen.lines).toEqual([...lines, '']);
    }
    expect(screen.writes).toBe(3);
  });

  it('cuts lines to the terminal, both ways', () => {
    const screen = terminal(5, 4);
    createLiveScreen(screen).draw(['123456789', 'b', 'c', 'd', 'e']);
    expect(screen.lines).toEqual(['12345', 'b', 'c', '']);
  });

  it('counts the rows of lines that a narrower terminal has folded', () => {
    const written: string[] = [];
    const screen = { columns: 40, rows: 20, write: (text: string) => written.push(text) };
    const live = createLiveScreen(screen);
    live.draw(['x'.repeat(40), 'short', '']);
    screen.columns = 15;
    live.draw(['next']);
    expect(written[1]).toBe('\u001B[5A\rnext\u001B[K\n\u001B[J');
  });

  it.each([undefined, 0])('takes 80 characters when the width is %s', (columns) => {
    const screen = createLiveScreen({ ...(columns !== undefined && { columns }), write: () => undefined });
    expect(screen.width()).toBe(80);
  });
});
