import { DesktopOutlined } from '@ant-design/icons';
import { Button, Segmented, Tooltip } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreference } from '@/lib/preferences';
import { LogOfTile } from './LogOfTile';
import { toursOf, wallsOf } from './savedWalls';
import { TourBar } from './TourBar';
import { ToursMenu } from './ToursMenu';
import { resumeTour, useTour } from './tour';
import styles from './WallBar.module.css';
import { WallsMenu } from './WallsMenu';
import { chooseLayout, columnsOf, LAYOUT_KEYS, LAYOUTS, type Layout, queryOfWall, type Wall } from './wall';

export function WallBar({ wall, bare = false }: { wall: Wall; bare?: boolean }) {
  const { t } = useTranslation();
  const walls = usePreference('walls', wallsOf);
  const tours = usePreference('tours', toursOf);
  const runningId = useTour((state) => state.running?.tourId);
  useEffect(() => resumeTour(bare), [bare]);
  const running = tours.value.items.find((one) => one.id === runningId);
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
      {running && walls.ready ? (
        <TourBar tour={running} walls={walls.value.items} />
      ) : (
        <span className={styles.keys}>{t('live.keys')}</span>
      )}
      <div className={styles.tools}>
        <LogOfTile />
        <WallsMenu saved={walls} />
        <ToursMenu tours={tours} walls={walls.value.items} />
        {!bare && (
          <Tooltip title={t('live.secondWindow.hint')}>
            <Button type="text" icon={<DesktopOutlined />} onClick={() => openWindow(wall)} data-testid="second-window">
              {t('live.secondWindow.button')}
            </Button>
          </Tooltip>
        )}
      </div>
    </div>
  );
}

/** The wall as it is, in a window of its own: for the second screen of the desk. */
function openWindow(wall: Wall): void {
  const address = `/live?${queryOfWall(wall)}&bare=1`;
  window.open(address, '_blank', `popup,width=${window.screen.availWidth},height=${window.screen.availHeight}`);
}

function Cells({ columns }: { columns: number }) {
  const side = 14 / columns;
  const at = Array.from({ length: columns * columns }, (_, index) => index);
  const gap = columns > 3 ? 0.35 : 0.6;
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      {at.map((index) => (
        <rect
          key={index}
          x={(index % columns) * side + gap}
          y={Math.floor(index / columns) * side + gap}
          width={side - 2 * gap}
          height={side - 2 * gap}
          fill="currentColor"
        />
      ))}
    </svg>
  );
}
