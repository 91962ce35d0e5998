import { Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLate } from '@/lib/late';
import styles from './Loading.module.css';
import { ProblemNote } from './ProblemNote';

/** Said only when it takes longer than a blink: what comes at once must not flicker. Or why it did not come. */
export function Loading({ error }: { error?: unknown }) {
  const { t } = useTranslation();
  const late = useLate();
  if (error) return <ProblemNote error={error} />;
  return (
    <div className={styles.loading} role="status">
      {late && (
        <>
          <Spin />
          <span>{t('loading')}</span>
        </>
      )}
    </div>
  );
}
