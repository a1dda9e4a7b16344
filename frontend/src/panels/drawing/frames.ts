/** One animation frame for everything that has to be drawn: jobs push, the screen pulls. */

type Work = () => void;

const waiting = new Map<object, Work>();
let handle = 0;

function run(): void {
  handle = 0;
  const work = [...waiting.values()];
  waiting.clear();
  for (const draw of work) draw();
}

/** Draws at the next frame; only the newest work of each `owner` is done. */
export function nextFrame(owner: object, work: Work): void {
  waiting.set(owner, work);
  if (handle === 0) handle = requestAnimationFrame(run);
}

export function forget(owner: object): void {
  waiting.delete(owner);
}
