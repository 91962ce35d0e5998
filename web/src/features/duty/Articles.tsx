import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DutyArticle } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './DutyPage.module.css';

/** Where the texts in force ask for it; what no text asks for says nothing. */
export function Articles({ articles }: { articles: readonly DutyArticle[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (articles.length === 0) return null;
  return (
    <p className={styles.articles} data-testid="articles">
      {t('shift.by')}{' '}
      {articles.map((one, index) => (
        <span key={one.words.zh}>
          {index > 0 && t('grounds.between')}
          <Link to={`/law?text=${one.instrument}&article=${one.article}`}>{inLanguage(one.words, language)}</Link>
        </span>
      ))}
    </p>
  );
}
