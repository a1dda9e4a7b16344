/** A tooltip for any element: `{@attach tooltip(text)}`. It repeats or explains; nothing needs it to be understood. */
import type { Attachment } from 'svelte/attachments';

const DELAY = 300;
const GAP = 6;
const MARGIN = 8;

let bubble: HTMLElement | null = null;

function show(anchor: Element, text: string): void {
  if (!bubble) {
    bubble = document.createElement('div');
    bubble.className = 'tooltip';
    bubble.popover = 'manual';
    bubble.setAttribute('aria-hidden', 'true');
  }
  // Inside an open dialog, or it would lie beneath it.
  (anchor.closest('dialog') ?? document.body).append(bubble);
  bubble.textContent = text;
  bubble.showPopover?.();
  const at = anchor.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  const left = at.left + (at.width - width) / 2;
  const below = at.bottom + GAP;
  const top = below + height + MARGIN > innerHeight ? at.top - height - GAP : below;
  bubble.style.left = `${Math.max(MARGIN, Math.min(innerWidth - width - MARGIN, left))}px`;
  bubble.style.top = `${Math.max(MARGIN, top)}px`;
}

export function tooltip(text: string | null | undefined): Attachment {
  return (element) => {
    if (!text) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enter = (event: Event) => {
      if (event instanceof PointerEvent && event.pointerType === 'touch') return;
      if (event.type === 'focusin' && !element.matches(':focus-visible, :has(:focus-visible)')) return;
      clearTimeout(timer);
      timer = setTimeout(() => show(element, text), DELAY);
    };
    const leave = () => {
      clearTimeout(timer);
      if (bubble?.isConnected) bubble.remove();
    };
    const escape = (event: Event) => {
      if ((event as KeyboardEvent).key === 'Escape') leave();
    };
    const listeners: [string, (event: Event) => void][] = [
      ['pointerenter', enter],
      ['focusin', enter],
      ['pointerleave', leave],
      ['pointerdown', leave],
      ['focusout', leave],
      ['keydown', escape],
    ];
    for (const [name, listener] of listeners) element.addEventListener(name, listener);
    return () => {
      leave();
      for (const [name, listener] of listeners) element.removeEventListener(name, listener);
    };
  };
}
