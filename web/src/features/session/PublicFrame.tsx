import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSwitch } from '@/components/LanguageSwitch';
import { Brand, Mark } from '@/components/Mark';
import { Surface } from '@/components/Surface';
import { useServerState } from '@/lib/session';
import { useTitle } from '@/lib/title';
import { useToned } from '@/lib/tone';
import styles from './PublicFrame.module.css';

/** The frame of the pages in front of the door: what this is on the left, one form on the right. */
export function PublicFrame({ title, wide, children }: { title: string; wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  const state = useServerState();
  const tone = useToned('light');
  useTitle(title);
  return (
    <div className={`${styles.frame} ${wide ? styles.wide : ''}`}>
      <Surface tone="dark" className={styles.plaque ?? ''}>
        <div className={styles.brand}>
          <Brand size={34} />
        </div>
        <div className={styles.motto}>
          <Mark size={wide ? 72 : 112} />
          <p className={styles.promise}>{t('brand.promise')}</p>
          <p className={styles.purpose}>{t('brand.purpose')}</p>
        </div>
        <p className={styles.version}>
          {state.data && t('brand.version', { version: state.data.version })}
          {state.data?.demonstration && <span className={styles.demo}>{t('shell.demonstration')}</span>}
        </p>
      </Surface>
      <Surface tone={tone} className={styles.side ?? ''}>
        <div className={styles.tools}>
          <LanguageSwitch />
        </div>
        <main className={styles.card}>
          <h1 className={styles.title}>{title}</h1>
          {children}
        </main>
      </Surface>
    </div>
  );
}
