import { describe, expect, it } from 'vitest';
import { golden } from '../../panels/lab/golden';
import { FindingWidget } from './findingWidget';
import { changeOf, findingsOf, kept, keyOf, placeIn } from './findings';

const answer = golden('found');
const source = answer.source!;

describe('findings', () => {
  it('stand on their lines, with the expression that they are about', () => {
    const found = findingsOf(answer, source);
    expect(found.map(({ line, severity, finding }) => [line, severity, finding.code])).toEqual([
      [4, 'warning', 'softmax-without-dim'],
      [6, 'error', 'class-dtype'],
    ]);
    expect(found[0]).toMatchObject({ column: 5, end: 17 });
    expect(found[0]!.cause).toContain('guess');
  });

  it('mend the very text that ran, and no other', () => {
    const [found] = findingsOf(answer, source);
    const { from, to, insert } = changeOf(source, found!.edit!);
    expect(source.slice(0, from) + insert + source.slice(to)).toBe(source.replace('F.softmax(x)', 'F.softmax(x, dim=1)'));
    expect(findingsOf(answer, `${source} `)[0]!.edit).toBeNull();
  });

  it('stay while somebody types on their lines, and new ones wait', () => {
    expect(findingsOf(answer, source.replace('p =', 'p = ('), true)).toHaveLength(2);
    expect(findingsOf(answer, `${source}\n`, true)).toEqual([]);
    const all = findingsOf(answer, source);
    expect(kept(all, null)).toHaveLength(2);
    expect(kept(all, [keyOf(all[1]!)]).map((each) => each.line)).toEqual([6]);
  });

  it('count characters, not their halves', () => {
    expect(placeIn('a\n🐍b', 2, 2)).toBe(4);
  });

  it('are the same widget as long as they say the same', () => {
    const [found] = findingsOf(answer, source);
    const words = { heading: () => '', apply: 'Apply', showMe: 'Show me' };
    const events = { apply: () => undefined, showMe: () => undefined };
    expect(new FindingWidget(found!, words, events, false).eq(new FindingWidget({ ...found! }, words, events, false))).toBe(true);
    expect(new FindingWidget(found!, words, events, false).eq(new FindingWidget({ ...found!, mend: 'other' }, words, events, false))).toBe(false);
  });
});
