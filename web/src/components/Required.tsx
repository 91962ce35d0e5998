import type { ReactNode } from 'react';
import styles from './Required.module.css';

/** For `Form.requiredMark`. */
export const starred = (label: ReactNode, { required }: { required: boolean }): ReactNode =>
  required ? <span className={styles.starred}>{label}</span> : label;
