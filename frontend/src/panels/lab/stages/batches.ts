/** Which matrix of a batch is shown: one square for each of them, and the way to the others. */
import { cornerOf, lettersOf, outerAxes, placeOf, type Looked, type Part } from '../looked';
import { layoutGrid } from '../grid';
import { textWidth, type Mark } from '../scene';
import { ravel, size, unravel } from '../trace';
import { blank, flow, type Block } from './blocks';
import { nameOf, note, textColor, type Ask } from './placing';

const SQUARE = 15;
/** Most indices of a batch axis that the chooser shows. */
const MOST = 8;

/** One square for each matrix of the batch; those that a stretched axis reads again are dashed. Pressing one of the result's goes there. */
export function chooser(ask: Ask, looked: Looked, parts: readonly Part[], within: number): Block {
  const out = looked.output;
  const outer = outerAxes(out);
  const whole = outer.map((axis) => out.shape[axis]!);
  if (whole.length === 0 || size(whole) < 2) return blank(0);
  const here = outer.map((axis) => looked.cell[axis]!);
  const [r, c] = cornerOf(out, looked.cell);
  const { operands, result } = lettersOf(looked.equation ?? '');
  const blocks = [...parts, out].map((each, i): Block => {
    const isOut = each === out;
    const spelled = isOut ? result : (operands[i] ?? '');
    // Along the result's batch axes: how long this tensor is there; where it lacks the axis or has length 1 it is read again.
    const lengths = outer.map((axis, k) => {
      if (isOut) return whole[k]!;
      const own = spelled.indexOf(result[axis] ?? ' ');
      return own < 0 ? 1 : each.shape[own]!;
    });
    const reused = whole.reduce((product, length, k) => product * (lengths[k] === 1 ? length : 1), 1);
    const grid = layoutGrid(whole, { cell: SQUARE, most: MOST });
    const name = nameOf(ask, each.tensor, isOut ? '' : ('abc'[i] ?? ''));
    const again = !isOut && reused > 1 ? ask.t('look.reused', { count: reused }) : '';
    return {
      width: Math.max(grid.width, name.length * 8, textWidth(again, 11)),
      height: 20 + grid.height + (again ? 18 : 0),
      draw: (x, y) => {
        const marks: Mark[] = [note(`batch/${i}/name`, x, y + 12, name || '=', { mono: true, bold: true, color: textColor(ask.names.get(each.tensor)) })];
        for (const index of grid.shown) {
          const at = grid.at(index)!;
          const place = unravel(index, whole);
          const isGhost = place.some((k, axis) => lengths[axis] === 1 && k > 0);
          const isHere = place.every((k, axis) => k === here[axis]);
          const isRead = place.every((k, axis) => (lengths[axis] === 1 ? k === 0 : k === here[axis]));
          marks.push({
            kind: 'cell', key: `batch/${i}/${index}`, x: x + at.x, y: y + 20 + at.y, w: SQUARE, h: SQUARE, look: isGhost ? 'ghost' : 'box',
            ...(isHere || isRead ? { stroke: 'var(--accent)', fill: 'var(--accentsoft)' } : {}),
            ...(isOut ? { ref: { tensor: out.tensor, index: ravel(placeOf(out, place, r, c), out.shape) } } : {}),
          });
        }
        for (const [k, gap] of grid.gaps.entries()) marks.push(note(`batch/${i}/gap${k}`, x + gap.x + SQUARE / 2, y + 20 + gap.y + 11, '…', { anchor: 'middle', color: 'var(--ink3)' }));
        if (again) marks.push(note(`batch/${i}/again`, x, y + 20 + grid.height + 14, again, { size: 11, color: 'var(--accent)' }));
        return marks;
      },
    };
  });
  return flow(blocks, within, 26);
}
