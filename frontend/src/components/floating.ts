/** Where a list that belongs to a button opens: beneath it, or above where there is no room; never outside the window. */

const GAP = 4;
const MARGIN = 8;

export function placeAt(anchor: Element, floating: HTMLElement, align: 'start' | 'end' = 'end'): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = floating.getBoundingClientRect();
  const left = align === 'end' ? at.right - width : at.left;
  const fits = at.bottom + GAP + height <= innerHeight - MARGIN;
  const top = fits || at.top < height ? at.bottom + GAP : at.top - GAP - height;
  floating.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  floating.style.top = `${Math.max(MARGIN, top)}px`;
}
