import { render } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { IntoView } from './IntoView';

it('comes into view once for each answer, and not before there is one', () => {
  const scroll = vi.fn();
  Element.prototype.scrollIntoView = scroll;
  const first = new Error('refused');
  const { rerender } = render(<IntoView when={null}>-</IntoView>);
  expect(scroll).not.toHaveBeenCalled();
  rerender(<IntoView when={first}>refused</IntoView>);
  rerender(<IntoView when={first}>refused</IntoView>);
  expect(scroll).toHaveBeenCalledTimes(1);
  rerender(<IntoView when={new Error('refused again')}>refused</IntoView>);
  expect(scroll).toHaveBeenCalledTimes(2);
});
