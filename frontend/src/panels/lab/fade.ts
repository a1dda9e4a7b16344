/** Tells by a fade that a frame holds more below: `{@attach fade}`, and `[data-more]` in the frame's style. */
import type { Attachment } from 'svelte/attachments';

export const fade: Attachment<HTMLElement> = (frame) => {
  const look = (): void => {
    frame.toggleAttribute('data-more', frame.scrollTop + frame.clientHeight < frame.scrollHeight - 4);
  };
  const sizes = new ResizeObserver(look);
  sizes.observe(frame);
  for (const child of frame.children) sizes.observe(child);
  const children = new MutationObserver(look);
  children.observe(frame, { childList: true, subtree: true });
  frame.addEventListener('scroll', look, { passive: true });
  look();
  return () => {
    sizes.disconnect();
    children.disconnect();
    frame.removeEventListener('scroll', look);
  };
};
