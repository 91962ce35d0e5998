import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { ClipCard } from '@/components/ClipCard';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { useClips } from '@/lib/clips';
import styles from './ClipsPage.module.css';

/** One's own copies of footage: what is being made, what can be downloaded, what is over. */
export default function ClipsPage() {
  const { t } = useTranslation();
  const clips = useClips();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('clips.title')}</h1>
        <span className={styles.hint}>{t('clips.hint')}</span>
      </header>
      {clips.isPending && <Loading />}
      <ProblemNote error={clips.error} />
      {clips.data?.length === 0 && <Empty description={t('clips.none')} />}
      <div className={styles.list}>
        {clips.data?.map((clip) => (
          <ClipCard key={clip.id} clip={clip} />
        ))}
      </div>
    </div>
  );
}
