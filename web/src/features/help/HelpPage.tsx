import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, useParams } from 'react-router';
import { FIRST_CHAPTER } from '@/lib/helpChapters';
import { useLanguage } from '@/lib/i18n';
import { BrowserCheck } from './BrowserCheck';
import Chapter from './Chapter';
import { chapters, excerpt, found } from './guide';
import styles from './help.module.css';

const CHECK = 'check';

/** The guide, its contents at the left with a search, and the page that looks at this browser. */
export default function HelpPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { chapter = FIRST_CHAPTER } = useParams();
  const [search, setSearch] = useState('');
  const words = search.trim();
  const all = chapters(language);
  const shown = words ? found(all, words) : all;
  return (
    <div className={styles.page}>
      <nav className={styles.contents} aria-label={t('help.contents')}>
        <h1>{t('menu.help')}</h1>
        <Input
          allowClear
          prefix={<SearchOutlined />}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder={t('help.search')}
          aria-label={t('help.search')}
        />
        <NavLink to={`/help/${CHECK}`} className={styles.entry ?? ''}>
          {t('help.check')}
        </NavLink>
        <ul data-testid="help-contents">
          {shown.map((one) => (
            <li key={one.name}>
              <NavLink to={`/help/${one.name}`} className={styles.entry ?? ''}>
                {one.title}
                {words && <span className={styles.hit}>{excerpt(one, words)}</span>}
              </NavLink>
            </li>
          ))}
          {shown.length === 0 && <li className={styles.muted}>{t('help.nothing')}</li>}
        </ul>
      </nav>
      <div className={styles.chapter} key={chapter}>
        {chapter === CHECK ? <BrowserCheck /> : <Chapter name={chapter} />}
      </div>
    </div>
  );
}
