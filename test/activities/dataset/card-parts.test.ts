import { describe, expect, it } from 'vitest';
import { features } from '../../../activities/dataset/card-features.js';
import { sizeCategory } from '../../../activities/dataset/card-front-matter.js';
import { hubLicence, licenceFields } from '../../../activities/dataset/card-licence.js';
import { code, inline, paragraphs, table } from '../../../activities/dataset/card-text.js';
import { barLines, grouped, percent } from '../../../activities/plain-text.js';

describe('the licence of a set of several sources', () => {
  it.each<[what: string, licences: (string | null)[], fields: object]>([
    ['one that the Hub knows', ['Apache-2.0'], { license: 'apache-2.0' }],
    ['the same in two writings', ['MIT', 'mit'], { license: 'mit' }],
    ['two', ['MIT', 'CC BY 4.0'], { license: 'other', license_name: 'cc-by-4.0-and-mit', license_link: 'README.md' }],
    [
      'one and an unknown',
      ['MIT', null],
      { license: 'other', license_name: 'mit-and-unknown', license_link: 'README.md' },
    ],
    [
      'one that the Hub does not know',
      ['MAA terms'],
      { license: 'other', license_name: 'maa-terms', license_link: 'README.md' },
    ],
    ['none', [null, null], { license: 'unknown' }],
    ['no sources', [], { license: 'unknown' }],
  ])('is for %s as expected', (_what, licences, fields) => {
    expect(licenceFields(licences)).toEqual(fields);
  });

  it.each([
    ['Apache 2.0', 'apache-2.0'],
    ['ODC-By-1.0', 'odc-by'],
    ['GPL-3.0-only', 'gpl-3.0'],
    ['CC-BY-NC-4.0', 'cc-by-nc-4.0'],
    ['MIT License', 'mit'],
  ])('takes %s for %s', (licence, id) => expect(hubLicence(licence)).toBe(id));
});

describe('sizes', () => {
  it.each([
    [0, 'n<1K'],
    [999, 'n<1K'],
    [1000, '1K<n<10K'],
    [708_009, '100K<n<1M'],
    [2_000_000, '1M<n<10M'],
  ])('%i rows are %s', (rows, name) => expect(sizeCategory(rows)).toBe(name));
});

describe('features from the columns of a table', () => {
  it('nests lists and structs', () => {
    expect(
      features({ a: 'VARCHAR', b: 'INTEGER[]', c: 'STRUCT("level" INTEGER, j STRUCT(x BIGINT, y BOOLEAN)[])[]' }),
    ).toEqual([
      { name: 'a', dtype: 'string' },
      { name: 'b', list: 'int32' },
      {
        name: 'c',
        list: [
          { name: 'level', dtype: 'int32' },
          {
            name: 'j',
            list: [
              { name: 'x', dtype: 'int64' },
              { name: 'y', dtype: 'bool' },
            ],
          },
        ],
      },
    ]);
  });

  it.each(['BLOB', 'INTEGER[][]', 'STRUCT(a)'])('refuses %s', (type) => {
    expect(() => features({ a: type })).toThrow(TypeError);
  });
});

describe('text for Markdown', () => {
  it.each([
    ['a|b `c` <d> [e](f) *g*', 'a\\|b \\`c\\` \\<d\\> \\[e\\](f) \\*g\\*'],
    ['two\nlines\u0000', 'two lines'],
  ])('%s is escaped within a line', (text, escaped) => expect(inline(text)).toBe(escaped));

  it('keeps paragraphs and disarms the beginning of lines', () => {
    expect(paragraphs('first\nline\n\n- second\n\n1. third')).toBe('first line\n\n\\- second\n\n1\u200B. third');
  });

  it('keeps code in one piece', () => expect(code('a`b\nc')).toBe('`ab c`'));

  it('draws bars in proportion, and one for every count above 0', () => {
    expect(
      barLines([
        ['a', 1000],
        ['bb', 1],
        ['c', 0],
      ]),
    ).toEqual([`a  1,000 ${'█'.repeat(40)}`, 'bb     1 █', 'c      0']);
  });

  it('sets numbers to the right', () => {
    expect(table(['x', 'n'], [['a', 1234567]])).toBe('| x | n |\n| --- | ---: |\n| a | 1,234,567 |');
  });

  it('prints numbers the same on every machine', () => {
    expect([grouped(0), grouped(999), grouped(1000), percent(1, 3), percent(1, 0)]).toEqual([
      '0',
      '999',
      '1,000',
      '33.3 %',
      '-',
    ]);
  });
});
