import type { Setting, SettingsSection } from '@/api';

/** Somebody wrote it down, be it the default. */
export const isChanged = (setting: Setting): boolean => setting.origin !== 'default';

/** How many settings the next start would change. */
export const waitingIn = (sections: readonly SettingsSection[]): number =>
  sections.flatMap((section) => section.items).filter((one) => one.next !== null).length;

/** Settings whose name, words or value hold all of `words`; sections without any are left out. */
export function matching(
  sections: readonly SettingsSection[],
  words: string,
  changedOnly: boolean,
): readonly SettingsSection[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (section: string, one: Setting): boolean => {
    const text = `${section}.${one.key} ${one.what.zh} ${one.what.en} ${one.value}`.toLowerCase();
    return (!changedOnly || isChanged(one) || one.next !== null) && wanted.every((word) => text.includes(word));
  };
  return sections
    .map((section) => ({ ...section, items: section.items.filter((one) => fits(section.section, one)) }))
    .filter((section) => section.items.length > 0);
}
