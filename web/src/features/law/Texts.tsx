import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Input, Select, Table, type TableColumnsType, Tag } from 'antd';
import type { TFunction } from 'i18next';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { LawRow, LawText, LawTextWhole } from '@/api';
import { Loading } from '@/components/Loading';
import styles from '@/components/law/law.module.css';
import { today, useRegion, useTexts } from '@/components/law/queries';
import { named, RANKS } from '@/components/law/words';
import { useAddress } from '@/lib/address';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { standing } from '@/lib/problem';
import { getLawText } from '@/lib/server';

type Platform = LawRow['platform'];

const PLATFORM: readonly Platform[] = ['enforced', 'computed', 'recorded', 'detected', 'reported', 'outside', 'none'];
const COLOURS: Readonly<Record<Platform, string>> = {
  enforced: 'success',
  computed: 'processing',
  recorded: 'processing',
  detected: 'processing',
  reported: 'processing',
  outside: 'default',
  none: 'default',
};
const STRONG: ReadonlySet<LawRow['modality']> = new Set(['must', 'must_not', 'penalty']);

/** The installed texts and, of the one that is chosen, every article with what the platform does about it. */
export function Texts() {
  const [query, change] = useAddress();
  const texts = useTexts();
  const all = standing(texts);
  if (!all) return <Loading error={texts.error} />;
  const chosen = all.find((one) => one.code === query.get('text')) ?? all[0];
  return (
    <div className={styles.texts}>
      <nav className={styles.list} data-testid="texts">
        {all.map((text) => (
          <TextCard
            key={text.code}
            text={text}
            chosen={text === chosen}
            onChoose={() => change({ text: text.code, article: null })}
          />
        ))}
      </nav>
      {chosen && <Articles key={chosen.code} code={chosen.code} article={query.get('article')} />}
    </div>
  );
}

interface CardProps {
  text: LawText;
  chosen: boolean;
  onChoose: () => void;
}

function TextCard({ text, chosen, onChoose }: CardProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const region = useRegion();
  const where = region(text.region);
  const over = text.ends !== null && text.ends < today();
  return (
    <button type="button" className={styles.card} aria-pressed={chosen} onClick={onChoose} data-code={text.code}>
      <strong>{inLanguage(text.short, language)}</strong>
      <span>
        {named(text.rank, language, RANKS)} · {where ? inLanguage(where, language) : t('law.text.nation')}
      </span>
      <span className="tabular">{spanOf(text, t)}</span>
      <span className={styles.tags}>
        {over && <Tag>{t('law.text.over')}</Tag>}
        {text.assumption && <Tag color="warning">{t('law.text.assumed')}</Tag>}
        {!text.readable && <Tag color="warning">{t('law.text.notAtHand')}</Tag>}
      </span>
    </button>
  );
}

function spanOf({ in_force, ends }: LawText, t: TFunction): string {
  if (ends === null) return t('law.text.since', { day: in_force ?? '?' });
  return in_force === null ? t('law.text.until', { end: ends }) : t('law.text.span', { begin: in_force, end: ends });
}

function Articles({ code, article }: { code: string; article: string | null }) {
  const found = useQuery({
    queryKey: ['law', 'text', code],
    queryFn: () => getLawText(code),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  return <Whole whole={known} article={article} />;
}

function Whole({ whole, article }: { whole: LawTextWhole; article: string | null }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { text, rows, wording } = whole;
  const [words, setWords] = useState('');
  const [platform, setPlatform] = useState<Platform[]>([]);
  const columns = useMemo(() => columnsIn(t, language, text), [t, language, text]);
  const shown = useMemo(() => rowsWith(rows, words, platform), [rows, words, platform]);
  useShownArticle(article, shown);
  return (
    <section className={styles.main}>
      <h2 className={styles.title}>{inLanguage(text.title, language)}</h2>
      <p className={`${styles.below} tabular`}>
        {text.number} · {spanOf(text, t)}
      </p>
      {!text.readable && <Alert type="warning" showIcon title={t('law.text.notAtHandLong')} />}
      {text.assumption && <Alert type="info" showIcon title={inLanguage(text.assumption, language)} />}
      {wording && (
        <details>
          <summary>{t('law.text.official')}</summary>
          <p className={styles.wording}>{wording}</p>
        </details>
      )}
      {rows.length > 0 && (
        <div className={styles.tools}>
          <Input
            allowClear
            prefix={<SearchOutlined />}
            placeholder={t('law.text.search')}
            aria-label={t('law.text.search')}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            style={{ width: 260 }}
          />
          <Select
            mode="multiple"
            allowClear
            value={platform}
            onChange={setPlatform}
            options={PLATFORM.map((value) => ({ value, label: t(`law.platform.${value}`) }))}
            placeholder={t('law.text.platform')}
            aria-label={t('law.text.platform')}
            style={{ minWidth: 260 }}
            data-testid="platform"
          />
          <span className={styles.below}>{t('law.text.rows', { count: shown.length })}</span>
        </div>
      )}
      <Table
        rowKey={({ citation, modality, gist }) => `${citation.zh} ${modality} ${gist.zh}`}
        size="small"
        columns={columns}
        dataSource={shown}
        pagination={false}
        locale={{ emptyText: t('law.text.none') }}
        onRow={({ citation }) => ({ 'data-article': citation.article }) as React.HTMLAttributes<HTMLElement>}
        rowClassName={({ citation }) => (`${citation.article}` === article ? (styles.shown ?? '') : '')}
        data-testid="articles"
      />
    </section>
  );
}

/** Brings the article of the address into view. */
function useShownArticle(article: string | null, shown: readonly LawRow[]): void {
  const there = shown.some(({ citation }) => `${citation.article}` === article);
  useEffect(() => {
    if (there) document.querySelector(`[data-article="${article}"]`)?.scrollIntoView({ block: 'center' });
  }, [article, there]);
}

function rowsWith(rows: readonly LawRow[], words: string, platform: readonly Platform[]): LawRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (platform.length > 0 && !platform.includes(row.platform)) return false;
    const { citation, who, gist } = row;
    const all = [citation.zh, citation.en, who.zh, who.en, gist.zh, gist.en, ...row.where].join(' ').toLowerCase();
    return wanted.every((word) => all.includes(word));
  });
}

function columnsIn(t: TFunction, language: Language, text: LawText): TableColumnsType<LawRow> {
  return [
    {
      title: t('law.row.place'),
      width: 176,
      render: (_value, { citation }) => <span className={styles.place}>{within(text, citation, language)}</span>,
    },
    {
      title: t('law.row.who'),
      width: 170,
      render: (_value, { who, modality }) => (
        <span className={styles.two}>
          <span>{inLanguage(who, language)}</span>
          <span className={STRONG.has(modality) ? styles.strong : styles.below}>{t(`law.modality.${modality}`)}</span>
        </span>
      ),
    },
    { title: t('law.row.gist'), render: (_value, { gist }) => inLanguage(gist, language) },
    {
      title: t('law.row.platform'),
      width: 210,
      render: (_value, row) => (
        <span className={styles.two}>
          <span>
            <Tag color={COLOURS[row.platform]}>{t(`law.platform.${row.platform}`)}</Tag>
          </span>
          {row.where.map((where) => (
            <Where key={where} where={where} />
          ))}
        </span>
      ),
    },
  ];
}

/** The place without the name of the text, which stands above the table. */
function within(text: LawText, citation: LawRow['citation'], language: Language): string {
  if (language === 'zh-CN') return citation.zh.replace(/^《[^》]*》/, '');
  return citation.en.replace(`${text.short.en}, `, '');
}

/** Where the platform does it: a page of the console is a link, a module its name. */
function Where({ where }: { where: string }) {
  const { t, i18n } = useTranslation();
  if (where === 'planned') return <span className={styles.planned}>{t('law.planned')}</span>;
  const page = /^console:(\w+)$/.exec(where)?.[1];
  if (page && i18n.exists(`menu.${page}`)) return <Link to={`/${page}`}>{t(`menu.${page as 'law'}`)}</Link>;
  return <code className={styles.code}>{where.replace(/^mingjian\./, '')}</code>;
}
