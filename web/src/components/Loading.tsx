import { Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import styles from './Loading.module.css';

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className={styles.loading} role="status">
      <Spin />
      <span>{t('loading')}</span>
    </div>
  );
}
