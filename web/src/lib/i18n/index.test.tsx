import { expect, it } from 'vitest';
import { i18n } from '.';

it('a window speaks the language that another one chose', () => {
  const before = i18n.language;
  window.localStorage.setItem('mingjian.language', 'en');
  window.dispatchEvent(new StorageEvent('storage', { key: 'mingjian.language' }));
  expect(i18n.language).toBe('en');
  i18n.changeLanguage(before);
});
