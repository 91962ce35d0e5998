import { InboxOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import styles from './page.module.css';

interface Props {
  words: string;
  /** What to do next, where it is not an act of this page. */
  advice?: ReactNode;
  icon?: ReactNode;
  small?: boolean;
  testId?: string;
  /** The act that fills it. */
  children?: ReactNode;
}

/** Nothing here, and what to do about it. */
export function EmptyState({ words, advice, icon = <InboxOutlined />, small, testId, children }: Props) {
  return (
    <div className={styles.empty} data-small={small} data-testid={testId ?? 'empty'}>
      <span className={styles.sign} aria-hidden="true">
        {icon}
      </span>
      <span>{words}</span>
      {advice && <p className={styles.advice}>{advice}</p>}
      {children && <div className={styles.act}>{children}</div>}
    </div>
  );
}
