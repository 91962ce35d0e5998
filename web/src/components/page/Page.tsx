import { Tabs } from 'antd';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import styles from './page.module.css';

interface HeadProps {
  title: string;
  /** How it stands: a count, a state, in a few words beside the title. */
  state?: ReactNode;
  /** What can be done about the whole page, the main act last. */
  actions?: ReactNode;
}

interface PageProps extends HeadProps {
  /** One sentence on what this is for. */
  note?: ReactNode;
  /** Text to be read needs no width of a wall. */
  narrow?: boolean;
  /** Parts that scroll on their own fill the height. */
  filling?: boolean;
  children: ReactNode;
}

/** The frame of a page: name, state, acts, and what it holds. */
export function Page({ note, narrow, filling, children, ...head }: PageProps) {
  return (
    <div className={styles.page} data-narrow={narrow} data-filling={filling}>
      <PageHead {...head} />
      {note && <p className={styles.note}>{note}</p>}
      {filling ? <div className={styles.filled}>{children}</div> : children}
    </div>
  );
}

export function PageHead({ title, state, actions }: HeadProps) {
  return (
    <header className={styles.head}>
      <h1>{title}</h1>
      {state && <span className={`${styles.state} tabular`}>{state}</span>}
      <span className={styles.spring} />
      {actions}
    </header>
  );
}

interface TabbedProps extends HeadProps {
  /** The first is shown where the address names none. */
  tabs: readonly { key: string; label: ReactNode; content: ReactNode }[];
}

/** A page in parts; the address says which is open, so that it can be handed on. */
export function TabbedPage({ tabs, ...head }: TabbedProps) {
  const [query, setQuery] = useSearchParams();
  const open = tabs.find((tab) => tab.key === query.get('tab')) ?? tabs[0];
  return (
    <div className={styles.page}>
      <PageHead {...head} />
      <Tabs
        activeKey={open?.key ?? ''}
        onChange={(tab) => setQuery({ tab }, { replace: true })}
        destroyOnHidden
        items={tabs.map(({ key, label, content }) => ({ key, label, children: content }))}
      />
    </div>
  );
}

interface SectionProps extends HeadProps {
  children?: ReactNode;
  testId?: string;
}

/** One thing on a page, in its own box. */
export function Section({ title, state, actions, children, testId }: SectionProps) {
  return (
    <section className={styles.section} data-testid={testId}>
      <header className={styles.sectionHead}>
        <h2>{title}</h2>
        {state}
        <span className={styles.spring} />
        {actions}
      </header>
      {children}
    </section>
  );
}

/** Above the parts of a tab: what it is for, and the acts. */
export function Bar({ note, children }: { note?: ReactNode; children?: ReactNode }) {
  return (
    <div className={styles.bar}>
      {note && <p>{note}</p>}
      <span className={styles.spring} />
      {children}
    </div>
  );
}

/** A cell of two lines: what it is, and small what tells it from others. */
export function Two({ above, below }: { above: ReactNode; below?: ReactNode }) {
  return (
    <span className={`${styles.two} tabular`}>
      <span>{above}</span>
      {below !== undefined && below !== '' && <span className={styles.below}>{below}</span>}
    </span>
  );
}
