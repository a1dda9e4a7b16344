/** Which key presses are meant for the page and which for what has the focus. */

/** Whether the person is writing, choosing or answering: then letters and arrows are not the page's. */
export function isOccupied(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return false;
  if (target.closest('dialog, [popover], [role=tablist], [role=radiogroup], [role=grid]')) return true;
  return target.matches('input, textarea, select, [contenteditable]');
}

/** Space on a button or a link presses it and is not the page's to take. */
export function isPress(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  return (event.key === ' ' || event.key === 'Enter') && target?.matches('button, a, summary, [role=button]') === true;
}
