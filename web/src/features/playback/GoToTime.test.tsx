import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { dateTimeOf, microsOf } from '@/lib/time';
import '@/lib/i18n';
import { GoToTime } from './GoToTime';

const AT = microsOf('2026-11-01T00:00:00Z');

function shown() {
  const onGo = vi.fn<(us: number) => void>();
  render(<GoToTime atUs={AT} onGo={onGo} />);
  const field = screen.getByTestId<HTMLInputElement>('go-to');
  const type = (text: string) => {
    fireEvent.focus(field);
    fireEvent.change(field, { target: { value: text } });
    fireEvent.keyDown(field, { key: 'Enter', code: 'Enter', keyCode: 13 });
  };
  return { onGo, field, type };
}

afterEach(cleanup);

it('shows the moment of the picture while nobody types', () => expect(shown().field.value).toBe('2026-11-01 08:00:00'));

it('goes to what was typed', () => {
  const { onGo, type } = shown();
  type('2026-10-20 14:03');
  expect(dateTimeOf(onGo.mock.calls[0]?.[0] ?? 0)).toBe('2026-10-20 14:03:00');
});

it('goes no further than now', () => {
  vi.setSystemTime(new Date('2026-11-02T00:00:00Z'));
  const { onGo, type } = shown();
  type('2099-01-01 00:00');
  expect(dateTimeOf(onGo.mock.calls[0]?.[0] ?? 0)).toBe('2026-11-02 08:00:00');
  vi.useRealTimers();
});

it('says that it did not understand and keeps what was typed', () => {
  const { onGo, field, type } = shown();
  type('tea time');
  expect(onGo).not.toHaveBeenCalled();
  expect(screen.getByRole('alert')).toBeTruthy();
  expect(field.value).toBe('tea time');
});
