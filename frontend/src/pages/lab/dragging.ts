/** Numbers in code that are dragged sideways, or moved by keys; every value on the way is run. */
import { syntaxTree } from '@codemirror/language';
import { Transaction, type Annotation, type EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { moved } from './numberDrag';

/** The grammar leaves the point of `2.` outside the number. */
export function numberEnd(state: EditorState, from: number, to: number): number {
  return /^\d+$/.test(state.sliceDoc(from, to)) && /^\.(?![\w.])/.test(state.sliceDoc(to, to + 2)) ? to + 1 : to;
}

function numberAt(state: EditorState, position: number): { from: number; to: number; text: string } | null {
  for (const side of [1, -1] as const) {
    const node = syntaxTree(state).resolveInner(position, side);
    if (node.name !== 'Number') continue;
    const to = numberEnd(state, node.from, node.to);
    return { from: node.from, to, text: state.sliceDoc(node.from, to) };
  }
  return null;
}

const MOVABLE = /^[\d._]+(e[-+]?\d+)?$/i;

export function nudge(view: EditorView, steps: number, fine: boolean): boolean {
  const at = numberAt(view.state, view.state.selection.main.head);
  if (!at || !MOVABLE.test(at.text)) return false;
  const text = moved(at.text, steps, fine);
  view.dispatch({ changes: { from: at.from, to: at.to, insert: text }, selection: { anchor: at.from + text.length }, userEvent: 'input.drag' });
  return true;
}

const PIXELS_PER_STEP = 7;
const SILENT = Transaction.addToHistory.of(false);
/** What pressed last: a finger that only taps puts the cursor by itself. */
let pressedBy = 'mouse';

/** Pressing a number and moving sideways changes it, Escape gives it back; a press without moving sets the cursor as ever. */
export const dragging = EditorView.domEventHandlers({
  pointerdown(event, view) {
    pressedBy = event.pointerType;
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('.lab-number') : null;
    if (!target || event.button !== 0) return false;
    const at = numberAt(view.state, view.posAtDOM(target));
    if (!at || !MOVABLE.test(at.text)) return false;
    const start = event.clientX;
    let text = at.text;
    let active = false;
    const put = (next: string, ...annotations: Annotation<boolean>[]): void => {
      if (next !== text) view.dispatch({ changes: { from: at.from, to: at.from + text.length, insert: next }, selection: { anchor: at.from + next.length }, userEvent: 'input.drag', annotations });
      text = next;
    };
    const move = (next: PointerEvent): void => {
      if (next.pointerId !== event.pointerId || (!active && Math.abs(next.clientX - start) < 4)) return;
      active = true;
      view.dom.classList.add('lab-dragging');
      next.preventDefault();
      put(moved(at.text, Math.round((next.clientX - start) / PIXELS_PER_STEP), next.shiftKey), SILENT);
    };
    const end = (keep: boolean): void => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', stop);
      removeEventListener('pointercancel', drop);
      removeEventListener('keydown', keys, true);
      view.dom.classList.remove('lab-dragging');
      if (!active) return;
      // The way there is no history: one undo brings the old number back.
      const last = text;
      put(at.text, SILENT);
      if (keep) put(last);
    };
    const stop = (up: PointerEvent): void => {
      if (up.pointerId !== event.pointerId) return;
      end(true);
      if (active || up.pointerType !== 'mouse') return;
      view.focus();
      const pressed = view.posAtCoords({ x: up.clientX, y: up.clientY });
      if (pressed !== null) view.dispatch({ selection: { anchor: pressed }, userEvent: 'select.pointer' });
    };
    const drop = (): void => end(false);
    const keys = (key: KeyboardEvent): void => {
      if (key.key !== 'Escape') return;
      key.preventDefault();
      key.stopPropagation();
      end(false);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', stop);
    addEventListener('pointercancel', drop);
    addEventListener('keydown', keys, true);
    return false;
  },
  // Selecting text would fight with dragging a number.
  mousedown(event) {
    const target = event.target instanceof Element ? event.target.closest('.lab-number') : null;
    return target !== null && event.button === 0 && event.detail < 2 && !event.shiftKey && pressedBy === 'mouse';
  },
});
