import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import en from './en.json';
import zhCN from './zh-CN.json';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const REMEMBERED = 'mingjian.language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'console';
    resources: { console: typeof zhCN };
  }
}

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((known) => known === value);

/** What was chosen on this machine; null when nobody chose yet. */
export function rememberedLanguage(): Language | null {
  const kept = window.localStorage.getItem(REMEMBERED);
  return isLanguage(kept) ? kept : null;
}

function preferredLanguage(): Language {
  return rememberedLanguage() ?? (window.navigator.language.startsWith('en') ? 'en' : 'zh-CN');
}

export const i18n = i18next.createInstance();
i18n.use(initReactI18next).init({
  lng: preferredLanguage(),
  fallbackLng: 'zh-CN',
  defaultNS: 'console',
  resources: { 'zh-CN': { console: zhCN }, en: { console: en } },
  interpolation: { escapeValue: false },
});

// What another window of this browser chose: the windows of one desk speak one language.
window.addEventListener('storage', ({ key }) => {
  const chosen = key === REMEMBERED && rememberedLanguage();
  if (chosen) i18n.changeLanguage(chosen);
});

export function chooseLanguage(language: Language): void {
  window.localStorage.setItem(REMEMBERED, language);
  i18n.changeLanguage(language);
}

export function useLanguage(): Language {
  const { i18n: current } = useTranslation();
  return isLanguage(current.language) ? current.language : 'zh-CN';
}

/** `zh` or `en` of anything that carries both, as names of roles and regions and sentences of the server do. */
export const inLanguage = (both: { zh: string; en: string }, language: Language): string =>
  language === 'zh-CN' ? both.zh : both.en;
