import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClockField, DayField } from './DayField';

afterEach(cleanup);

function Held({ start = '', onDay }: { start?: string; onDay: (day: string) => void }) {
  const [day, setDay] = useState(start);
  const change = (next: string) => {
    setDay(next);
    onDay(next);
  };
  return <DayField value={day} onChange={change} aria-label="day" />;
}

const field = () => screen.getByRole('textbox') as HTMLInputElement;
const type = (text: string) => fireEvent.change(field(), { target: { value: text } });

describe('a day that is typed', () => {
  it('counts at once when it is written in full', () => {
    const told = vi.fn();
    render(<Held onDay={told} />);
    type('2026-03-02');
    expect(told).toHaveBeenCalledExactlyOnceWith('2026-03-02');
  });

  it('is read as people write it once the field is left', () => {
    const told = vi.fn();
    render(<Held onDay={told} />);
    type('20260302');
    expect(told).not.toHaveBeenCalled();
    fireEvent.blur(field());
    expect(told).toHaveBeenCalledExactlyOnceWith('2026-03-02');
    expect(field().value).toBe('2026-03-02');
  });

  it('that cannot be read stays to be mended, and the day before counts no more', () => {
    const told = vi.fn();
    render(<Held start="2026-03-02" onDay={told} />);
    type('2026-02-30');
    fireEvent.keyDown(field(), { key: 'Enter' });
    expect(told).toHaveBeenCalledExactlyOnceWith('');
    expect(field().value).toBe('2026-02-30');
    expect(field().getAttribute('aria-invalid')).toBe('true');
    type('2026-02-28');
    expect(told).toHaveBeenLastCalledWith('2026-02-28');
    expect(field().getAttribute('aria-invalid')).toBeNull();
  });

  it('is emptied', () => {
    const told = vi.fn();
    render(<Held start="2026-03-02" onDay={told} />);
    type('');
    expect(told).toHaveBeenCalledExactlyOnceWith('');
  });
});

it('a time of day is read as people write it', () => {
  const told = vi.fn();
  render(<ClockField value="08:00" onChange={told} aria-label="time" />);
  type('830');
  fireEvent.blur(field());
  expect(told).toHaveBeenCalledExactlyOnceWith('08:30');
});
