/** A finding under its line: why it is a fault, what to write instead, and buttons that show it and mend it. */
import { WidgetType } from '@codemirror/view';
import type { LineFinding } from './findings';

export interface FindingWords {
  /** What a screen reader says first. */
  heading: (finding: LineFinding) => string;
  apply: string;
  showMe: string;
}

export interface FindingEvents {
  apply: (finding: LineFinding) => void;
  showMe: (finding: LineFinding) => void;
}

export class FindingWidget extends WidgetType {
  constructor(
    readonly finding: LineFinding,
    readonly words: FindingWords,
    readonly events: FindingEvents,
    /** Right under the error that it explains. */
    readonly joined: boolean,
    readonly key = JSON.stringify([finding.finding, finding.cause, finding.mend, finding.edit !== null, joined, words.apply]),
  ) {
    super();
  }

  override eq(other: FindingWidget): boolean {
    return other.key === this.key;
  }

  override toDOM(): HTMLElement {
    const { finding, words, events } = this;
    // Room around it is inside of a frame: line numbers are placed by the height of a box without its margin.
    const frame = document.createElement('div');
    frame.className = this.joined ? 'lab-finding-frame lab-joined' : 'lab-finding-frame';
    frame.dataset.testid = 'finding';
    const root = document.createElement('div');
    root.className = `lab-finding lab-${finding.severity}`;
    root.setAttribute('role', 'note');
    root.setAttribute('aria-label', words.heading(finding));
    frame.append(root);
    const cause = document.createElement('div');
    cause.textContent = finding.cause;
    const mend = document.createElement('div');
    mend.className = 'lab-mend';
    mend.textContent = finding.mend;
    const row = document.createElement('div');
    row.className = 'lab-advice';
    row.append(mend);
    root.append(cause, row);
    const buttons = document.createElement('div');
    buttons.className = 'lab-buttons';
    if (finding.edit) buttons.append(button(words.apply, () => events.apply(finding)));
    if (typeof finding.finding.op === 'number') buttons.append(button(words.showMe, () => events.showMe(finding)));
    if (buttons.childElementCount > 0) row.append(buttons);
    return frame;
  }

  /** The buttons are their own: the editor must not move its cursor there. */
  override ignoreEvent(): boolean {
    return true;
  }
}

function button(text: string, does: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', does);
  return made;
}
