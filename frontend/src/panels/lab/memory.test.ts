import { describe, expect, it } from 'vitest';
import { golden } from './golden';
import { bytesText, flow, repeatsOf, storageMarks, storagesOf } from './memory';
import { sizeOf, type Mark } from './scene';
import { identify, type Answer } from './trace';

const words = { rest: (count: number) => `${count} more` };

/** A storage of the views, made as large as that. */
function grown(count: number): { answer: Answer; marks: Mark[] } {
  const answer = structuredClone(golden('views'));
  const id = Object.keys(answer.storages)[0]!;
  answer.storages[id]!.nbytes = 4 * count;
  const storage = storagesOf(answer, identify(answer)).find((each) => String(each.id) === id)!;
  return { answer, marks: storageMarks(storage, answer, 'light', 460, words) };
}

describe('memory', () => {
  it('draws the first numbers of a large storage and says how many follow', () => {
    const { marks } = grown(1_000_000);
    const cells = marks.filter((mark) => mark.kind === 'cell');
    expect(cells.length).toBeGreaterThan(5);
    expect(marks.find((mark) => mark.key === 'resttext')).toMatchObject({ text: `${1_000_000 - cells.length} more` });
    expect(marks.find((mark) => mark.key === 'bytes')).toMatchObject({ text: '4 MB' });
    expect(sizeOf(marks).width).toBeLessThanOrEqual(470);
  });

  it('counts how often stride 0 reads each number', () => {
    const answer = golden('views');
    const [storage] = storagesOf(answer, identify(answer));
    const tenant = storage!.tenants[0]!;
    expect(repeatsOf(tenant)).toBe(1);
    expect(repeatsOf({ ...tenant, places: [0, 0, 0, 0, 1, 1, 1, 1] })).toBe(4);
  });

  it('says bytes in units a person reads', () => {
    expect([48, 1500, 2_500_000].map(bytesText)).toEqual(['48 B', '1.5 KB', '2.5 MB']);
  });

  it('lets bars flow into rows, never wider than asked', () => {
    const bar: Mark[] = [{ kind: 'rect', key: 'a', x: 0, y: 0, w: 90, h: 40 }];
    const marks = flow([['1', bar], ['2', bar], ['3', bar]], 220);
    expect(marks.map((mark) => (mark.kind === 'rect' ? [mark.x, mark.y] : null))).toEqual([[0, 0], [118, 0], [0, 56]]);
    expect(new Set(marks.map((mark) => mark.key)).size).toBe(3);
  });
});
