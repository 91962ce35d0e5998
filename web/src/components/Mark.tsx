import { useTranslation } from 'react-i18next';
import styles from './Mark.module.css';

/** The product's mark: an eight-lobed bronze mirror with the T-shaped marks of Han mirrors, and one glint. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path
        d="M42.14 7.52A12.2 12.2 0 0 1 56.48 21.86A12.2 12.2 0 0 1 56.48 42.14A12.2 12.2 0 0 1 42.14 56.48A12.2 12.2 0 0 1 21.86 56.48A12.2 12.2 0 0 1 7.52 42.14A12.2 12.2 0 0 1 7.52 21.86A12.2 12.2 0 0 1 21.86 7.52A12.2 12.2 0 0 1 42.14 7.52Z"
        className={styles.plate}
      />
      <rect x="23" y="23" width="18" height="18" rx="1.5" className={styles.line} />
      <path
        d="M32 23V16.5M27 16.5h10M32 41v6.5M27 47.5h10M23 32h-6.5M16.5 27v10M41 32h6.5M47.5 27v10"
        className={styles.line}
      />
      <path d="M27.5 36.5 36.5 27.5" className={styles.glint} />
    </svg>
  );
}

export function Brand({ size = 32 }: { size?: number }) {
  const { t } = useTranslation();
  return (
    <span className={styles.brand}>
      <Mark size={size} />
      <span className={styles.name} lang="zh-CN">
        {t('brand.zh')}
      </span>
      <span className={styles.latin} lang="en">
        {t('brand.latin')}
      </span>
    </span>
  );
}
