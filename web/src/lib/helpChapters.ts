/** Which chapter of the guide is about which page of the console. */
export const CHAPTER_OF: Readonly<Record<string, string>> = {
  '/live': 'viewing',
  '/playback': 'viewing',
  '/clips': 'viewing',
  '/map': 'map',
  '/cameras': 'cameras',
  '/registry': 'cameras',
  '/storage': 'storage',
  '/holds': 'storage',
  '/alerts': 'alerts',
  '/people': 'people',
  '/account': 'people',
  '/permissions': 'permissions',
  '/audit': 'audit',
  '/trail': 'audit',
  '/health': 'doctor',
  '/settings': 'first-run',
};

export const FIRST_CHAPTER = 'README';

export const chapterOf = (path: string): string =>
  Object.entries(CHAPTER_OF).find(([page]) => path.startsWith(page))?.[1] ?? FIRST_CHAPTER;

/** The page about an error, in the reader's language. */
export const errorAddress = (code: string, language: string): string =>
  `/docs/errors/${encodeURIComponent(code)}?lang=${language === 'zh-CN' ? 'zh' : 'en'}`;
