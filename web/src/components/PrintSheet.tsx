import type { ReactNode } from 'react';
import { createPortal } from 'react-dom';
import styles from './PrintSheet.module.css';

/** A document on the page. On paper it stands alone: the browser prints it without the console around it. */
export function PrintSheet({ children, label }: { children: ReactNode; label: string }) {
  return (
    <>
      <article className={styles.sheet} aria-label={label} data-testid="sheet">
        {children}
      </article>
      {createPortal(
        <article className={`${styles.sheet} ${styles.paper}`} data-print aria-hidden="true">
          {children}
        </article>,
        document.body,
      )}
    </>
  );
}
