import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/lib/i18n';
import { chapters } from './guide';
import styles from './help.module.css';
import { Tree } from './Tree';

/** One chapter of the guide. */
export default function Chapter({ name }: { name: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const all = chapters(language);
  const chapter = all.find((one) => one.name === name);
  if (!chapter) return <p className={styles.muted}>{t('help.noChapter')}</p>;
  return (
    <article className={styles.text} data-testid="chapter" data-chapter={name}>
      <h1>{chapter.title}</h1>
      {chapter.foreign && <p className={styles.foreign}>{t('help.foreign')}</p>}
      <Tree nodes={chapter.body} />
    </article>
  );
}
