import { Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLate } from '@/lib/late';
import styles from './Loading.module.css';

/** Said only when it takes longer than a blink: what comes at once must not flicker. */
export function Loading() {
  const { t } = useTranslation();
  const late = useLate();
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
