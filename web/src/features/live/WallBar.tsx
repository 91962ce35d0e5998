import { Segmented, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import styles from './WallBar.module.css';
import { chooseLayout, columnsOf, LAYOUT_KEYS, LAYOUTS, type Layout, type Wall } from './wall';

export function WallBar({ wall }: { wall: Wall }) {
  const { t } = useTranslation();
  return (
    <div className={styles.bar}>
      <Segmented<Layout>
        aria-label={t('live.layout')}
        value={wall.layout}
        onChange={chooseLayout}
        options={LAYOUTS.map((layout) => ({
          value: layout,
          label: (
            <Tooltip title={t('live.layoutHint', { count: layout, key: LAYOUT_KEYS[layout] })}>
              <span className={styles.choice} data-testid={`layout-${layout}`}>
                <Cells columns={columnsOf(layout)} />
                {layout}
              </span>
            </Tooltip>
          ),
        }))}
      />
      <span className={styles.keys}>{t('live.keys')}</span>
    </div>
  );
}

function Cells({ columns }: { columns: number }) {
  const side = 14 / columns;
  const at = Array.from({ length: columns * columns }, (_, index) => index);
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      {at.map((index) => (
        <rect
          key={index}
          x={(index % columns) * side + 0.6}
          y={Math.floor(index / columns) * side + 0.6}
          width={side - 1.2}
          height={side - 1.2}
          fill="currentColor"
        />
      ))}
    </svg>
  );
}
