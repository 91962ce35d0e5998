import {
  ApartmentOutlined,
  BankOutlined,
  CaretDownOutlined,
  CaretRightOutlined,
  GlobalOutlined,
  LoadingOutlined,
} from '@ant-design/icons';
import type { TFunction } from 'i18next';
import type { DragEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import stateStyles from '@/components/ChannelState.module.css';
import styles from './ChannelTree.module.css';
import type { Row, RowKind } from './rows';

interface TreeRowProps {
  id: string;
  row: Row;
  top: number;
  /** Where the keyboard is. */
  current: boolean;
  /** On the wall now. */
  shown: boolean;
  /** Null while it is not known. */
  state: Channel['state'] | null;
  onPress: () => void;
  onDrag: (event: DragEvent) => void;
}

const ICONS: Partial<Record<RowKind, ReactNode>> = {
  territory: <GlobalOutlined />,
  organisation: <ApartmentOutlined />,
  place: <BankOutlined />,
};

export function TreeRow({ id, row, top, current, shown, state, onPress, onDrag }: TreeRowProps) {
  const { t } = useTranslation();
  const style = { transform: `translateY(${top}px)`, paddingInlineStart: 8 + (row.level - 1) * 14 };
  if (row.kind === 'more') {
    return (
      <div className={styles.row} style={style} role="presentation">
        <LoadingOutlined spin /> {t('live.tree.more')}
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the focus and its keys; a row is pointed to by id
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      id={id}
      className={`${styles.row} ${current ? styles.current : ''} ${shown ? styles.shown : ''}`}
      style={style}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.of}
      aria-expanded={row.opens ? row.open : undefined}
      aria-selected={shown}
      aria-label={labelOf(row, state, t)}
      draggable
      onDragStart={onDrag}
      onClick={onPress}
      title={row.above ? `${row.name} · ${row.above}` : row.name}
      data-testid={row.channelId ? 'channel' : 'branch'}
      data-channel={row.channelId ?? ''}
      data-node={row.node}
      data-state={state ?? ''}
    >
      {row.opens && <span className={styles.caret}>{row.open ? <CaretDownOutlined /> : <CaretRightOutlined />}</span>}
      {row.channelId ? (
        <span className={`${styles.dot} ${state ? `${stateStyles.state} ${stateStyles[state]}` : ''}`} />
      ) : (
        <span className={styles.icon}>{ICONS[row.kind]}</span>
      )}
      <span className={styles.name}>{row.name}</span>
      {row.above && <span className={styles.above}>{row.above}</span>}
      {/* With a blank between them what is seen is the beginning of what is said. */}
      {row.channels !== null && <span className={`${styles.count} tabular`}> {row.channels}</span>}
      {state !== null && state !== 'recording' && <span className={styles.word}>{t(`channelState.${state}`)}</span>}
    </div>
  );
}

function labelOf(row: Row, state: Channel['state'] | null, t: TFunction): string {
  if (row.channelId) return [row.name, row.above, state ? t(`channelState.${state}`) : ''].filter(Boolean).join(' ');
  return row.channels === null ? row.name : `${row.name} ${t('registry.channels', { count: row.channels })}`;
}
