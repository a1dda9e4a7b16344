import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import NumberField from './NumberField.svelte';
import Segmented from './Segmented.svelte';
import Slider from './Slider.svelte';
import Spark from './Spark.svelte';
import Tabs from './Tabs.svelte';
import { toasts } from './toast.svelte';

afterEach(cleanup);

/** Types a text into a field and leaves it. */
async function type(field: HTMLElement, text: string): Promise<void> {
  await fireEvent.input(field, { target: { value: text } });
  await fireEvent.keyDown(field, { key: 'Enter' });
}

describe('NumberField', () => {
  const lr = { label: 'lr', value: 0.1, above: 0, max: 10 };

  it('hands on a number in bounds, and only then', async () => {
    const onchange = vi.fn();
    render(NumberField, { ...lr, onchange });
    const field = screen.getByLabelText('lr');
    await type(field, '0');
    expect(onchange).not.toHaveBeenCalled();
    expect(screen.getByRole('alert').textContent).toBe('More than 0, not 0.');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    await type(field, '1e-3');
    expect(onchange).toHaveBeenCalledExactlyOnceWith(0.001);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('says what is no number and forgets it on Escape', async () => {
    render(NumberField, lr);
    const field = screen.getByLabelText<HTMLInputElement>('lr');
    await type(field, 'fast');
    expect(screen.getByRole('alert').textContent).toContain('“fast” is not a number');
    await fireEvent.keyDown(field, { key: 'Escape' });
    expect(field.value).toBe('0.1');
  });

  it('is nudged by arrows by the size of the value, finer with Shift, never out of bounds', async () => {
    const onchange = vi.fn();
    render(NumberField, { ...lr, value: 0.03, onchange });
    const field = screen.getByLabelText('lr');
    await fireEvent.keyDown(field, { key: 'ArrowUp' });
    await fireEvent.keyDown(field, { key: 'ArrowDown', shiftKey: true });
    expect(onchange.mock.calls.flat()).toEqual([0.04, 0.039]);
  });

  it('takes an empty field as none where that is allowed', async () => {
    const onchange = vi.fn();
    render(NumberField, { label: 'pace', value: 60, nullable: true, onchange });
    await type(screen.getByLabelText('pace'), '');
    expect(onchange).toHaveBeenCalledExactlyOnceWith(null);
  });
});

describe('Slider', () => {
  const lr = { label: 'Learning rate', value: 0.01, min: 0.0001, max: 1, log: true };

  it('is logarithmic under the thumb and says its value', async () => {
    const onchange = vi.fn();
    render(Slider, { ...lr, onchange });
    const range = screen.getByRole<HTMLInputElement>('slider');
    expect(range.value).toBe('500');
    expect(range.getAttribute('aria-valuetext')).toBe('0.01');
    await fireEvent.input(range, { target: { value: '750' } });
    expect(range.getAttribute('aria-valuetext')).toBe('0.1');
    expect(onchange).not.toHaveBeenCalled();
    await fireEvent.change(range);
    expect(onchange).toHaveBeenCalledExactlyOnceWith(0.1);
  });

  it('moves by keys and by typing', async () => {
    const onchange = vi.fn();
    render(Slider, { ...lr, onchange });
    await fireEvent.keyDown(screen.getByRole('slider'), { key: 'ArrowRight' });
    await type(screen.getByRole('textbox'), '0.5');
    expect(onchange.mock.calls.flat()).toEqual([0.011, 0.5]);
  });

  it('ticks each decade and the value it began with', () => {
    const { container } = render(Slider, { ...lr, start: 0.1 });
    expect(container.querySelectorAll('.tick:not(.start)')).toHaveLength(5);
    const start = container.querySelector<HTMLElement>('.start')!;
    expect(Number(start.style.getPropertyValue('--at'))).toBeCloseTo(0.75);
  });
});

it('chooses one of a few', async () => {
  const onchange = vi.fn();
  const options = [
    { value: 'all', label: 'All' },
    { value: 'active', label: 'Active' },
  ];
  render(Segmented, { label: 'Show', options, value: 'all', onchange });
  await fireEvent.click(screen.getByLabelText('Active'));
  expect(onchange).toHaveBeenCalledExactlyOnceWith('active');
});

it('moves between tabs by arrows, around the ends', async () => {
  const onchange = vi.fn();
  const tabs = ['a', 'b', 'c'].map((value) => ({ value, label: value }));
  render(Tabs, { label: 'Tabs', tabs, value: 'a', onchange });
  const first = screen.getByRole('tab', { name: 'a' });
  await fireEvent.keyDown(first, { key: 'ArrowLeft' });
  expect(onchange).toHaveBeenCalledExactlyOnceWith('c');
  expect(document.activeElement?.textContent?.trim()).toBe('c');
  expect(first.tabIndex).toBe(-1);
});

it('leaves a gap in a spark where nothing was measured', () => {
  const { container } = render(Spark, { values: [1, 0.5, null, 0.1], label: 'loss' });
  const path = container.querySelector('path')!.getAttribute('d')!;
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path.match(/L/g)).toHaveLength(1);
});

describe('toasts', () => {
  afterEach(() => vi.useRealTimers());

  it('act once: undone, or done after their time, or when the next one comes', () => {
    vi.useFakeTimers();
    const said: string[] = [];
    const offer = (name: string) =>
      toasts.offer({ message: name, undo: () => said.push(`${name} undone`), done: () => said.push(`${name} done`) });
    offer('a');
    toasts.undo();
    vi.advanceTimersByTime(10_000);
    offer('b');
    offer('c');
    toasts.hold();
    vi.advanceTimersByTime(60_000);
    toasts.resume();
    vi.advanceTimersByTime(6000);
    expect(said).toEqual(['a undone', 'b done', 'c done']);
    expect(toasts.current).toBeNull();
  });
});
