/** Frames: how events come out of the log. A message is pairs of a header and the events it speaks of. */
import { decodeMulti } from '@msgpack/msgpack';
import type { Event } from '../protocol';

export interface Frame {
  job: string;
  events: Event[];
}

type Header = [job: string, firstSeq: number, count: number, retention: 'fact' | 'snapshot', key: string, step: number];

/** Reads a socket message or a REST body; each event gets the place in the log that its header gives it. */
export function decodeFrames(message: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  let header: Header | null = null;
  for (const object of decodeMulti(message)) {
    if (header === null) {
      header = object as Header;
      continue;
    }
    const [job, firstSeq] = header;
    const events = object as Event[];
    events.forEach((event, i) => (event.seq = firstSeq + i));
    frames.push({ job, events });
    header = null;
  }
  return frames;
}
