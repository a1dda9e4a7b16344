import { expect, it } from 'vitest';
import type { CommandAnswered } from '../protocol';
import { changesByStep } from './changes';

const set = (step: number, changes: object, before: object, accepted = true) =>
  ({ type: 'command', step, accepted, before, command: { kind: 'set', changes } }) as unknown as CommandAnswered;

it('joins what was changed before one step, and leaves out what was refused', () => {
  const commands = [
    set(10, { lr: 0.05, momentum: null }, { lr: 0.1 }),
    set(10, { lr: 0.02 }, { lr: 0.05 }),
    set(10, { momentum: 0.5 }, {}),
    set(12, { dropout: 0.5 }, {}, false),
    set(20, { lr: 0.01 }, { lr: 0.02 }),
  ];
  expect(changesByStep(commands)).toEqual([
    { step: 10, changes: [{ name: 'lr', was: 0.1, now: 0.02 }, { name: 'momentum', was: null, now: 0.5 }] },
    { step: 20, changes: [{ name: 'lr', was: 0.02, now: 0.01 }] },
  ]);
});
