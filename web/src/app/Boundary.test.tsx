import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Boundary } from './Boundary';

vi.mock('react-i18next', () => ({ useTranslation: () => ({ t: (key: string) => key }) }));
// React writes what was caught to the console; here it is wanted.
beforeEach(() => vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function Part({ breaks }: { breaks: boolean }) {
  if (breaks) throw new Error('cannot be drawn');
  return <p>drawn</p>;
}

const shown = (place: string, breaks: boolean) => (
  <>
    <nav>menu</nav>
    <Boundary place={place}>
      <Part breaks={breaks} />
    </Boundary>
  </>
);

it('a part that breaks says so and leaves the rest, until the reader is somewhere else', () => {
  const { rerender } = render(shown('/map', true));
  expect(screen.getByText('broken.title')).toBeTruthy();
  expect(screen.getByText('menu')).toBeTruthy();
  rerender(shown('/map', false));
  expect(screen.queryByText('drawn')).toBeNull();
  rerender(shown('/live', false));
  expect(screen.getByText('drawn')).toBeTruthy();
});
