import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { Floating } from '@/components/Surface';
import { useKeyGroups } from '@/lib/keys';
import styles from './KeyHelp.module.css';

const SIGNS: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Delete: 'Del',
};

/** The keys that act on what is shown now: the tables themselves by which they act. */
export default function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const groups = useKeyGroups((state) => state.groups);
  return (
    <Modal
      open={open}
      title={t('keys.title')}
      footer={null}
      onCancel={onClose}
      width={640}
      destroyOnHidden
      data-testid="key-help"
    >
      <Floating className={styles.groups ?? ''}>
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl className={styles.keys}>
              {group.keys.map((key) => (
                <div key={key.keys.join(' ')}>
                  <dt>
                    {key.keys.map((name) => (
                      <Combination key={name} name={name} />
                    ))}
                  </dt>
                  <dd>{key.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </Floating>
    </Modal>
  );
}

function Combination({ name }: { name: string }) {
  const { t } = useTranslation();
  const parts = name === '+' ? ['+'] : name.split('+');
  return (
    <span className={styles.combination}>
      {parts.map((part) => (
        <kbd key={part}>
          {part === ' ' ? t('keys.space') : (SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part))}
        </kbd>
      ))}
    </span>
  );
}
