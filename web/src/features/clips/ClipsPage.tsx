import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ClipCard } from '@/components/ClipCard';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { EmptyState } from '@/components/page/EmptyState';
import { Page } from '@/components/page/Page';
import { useClips } from '@/lib/clips';
import styles from './ClipsPage.module.css';

/** One's own copies of footage: what is being made, what can be downloaded, what is over. */
export default function ClipsPage() {
  const { t } = useTranslation();
  const clips = useClips();
  return (
    <Page title={t('clips.title')} state={t('clips.hint')}>
      {clips.isPending && <Loading />}
      <ProblemNote error={clips.error} />
      {clips.items?.length === 0 && (
        <EmptyState words={t('clips.none')} advice={t('clips.noneAdvice')} icon={<DownloadOutlined />}>
          <Link to="/playback">
            <Button type="primary">{t('menu.playback')}</Button>
          </Link>
        </EmptyState>
      )}
      <div className={styles.list}>
        {clips.items?.map((clip) => (
          <ClipCard key={clip.id} clip={clip} />
        ))}
      </div>
      {clips.more && (
        <Button onClick={clips.loadMore} loading={clips.isFetching} style={{ marginTop: 16 }}>
          {t('clips.more')}
        </Button>
      )}
    </Page>
  );
}
