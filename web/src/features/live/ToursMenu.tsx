import { DeleteOutlined, EditOutlined, PlusOutlined, RetweetOutlined } from '@ant-design/icons';
import { Button, Empty, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import type { Kept } from '@/lib/preferences';
import { freshId, type SavedWall, type Tour, type Tours } from './savedWalls';
import { TourDialog } from './TourDialog';
import { startTour } from './tour';
import styles from './WallBar.module.css';

/** Tours: begin one, make one, change one. */
export function ToursMenu({ tours, walls }: { tours: Kept<Tours>; walls: readonly SavedWall[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [edited, setEdited] = useState<Tour | null>(null);
  const { items } = tours.value;
  const edit = (tour: Tour) => {
    setOpen(false);
    setEdited(tour);
  };
  return (
    <>
      <Popover
        trigger="click"
        placement="bottomRight"
        open={open}
        onOpenChange={setOpen}
        title={t('live.tours.title')}
        content={
          <div className={styles.menu}>
            <ProblemNote error={tours.error} />
            {items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('live.tours.none')} />}
            <ul className={styles.items}>
              {items.map((tour) => (
                <li key={tour.id}>
                  <button
                    type="button"
                    className={styles.item}
                    onClick={() => {
                      startTour(tour, walls);
                      setOpen(false);
                    }}
                    data-testid="saved-tour"
                  >
                    {tour.name} <span className="tabular">{tour.steps.length}</span>
                  </button>
                  <Button
                    type="text"
                    size="small"
                    icon={<EditOutlined />}
                    aria-label={t('live.tours.edit', { name: tour.name })}
                    onClick={() => edit(tour)}
                  />
                  <Button
                    type="text"
                    size="small"
                    icon={<DeleteOutlined />}
                    aria-label={t('live.tours.remove', { name: tour.name })}
                    onClick={() => tours.keep({ items: items.filter((one) => one.id !== tour.id) })}
                  />
                </li>
              ))}
            </ul>
            <Button
              block
              icon={<PlusOutlined />}
              disabled={!tours.ready}
              onClick={() => edit({ id: freshId(), name: '', steps: [] })}
              data-testid="new-tour"
            >
              {t('live.tours.add')}
            </Button>
          </div>
        }
      >
        <Button type="text" icon={<RetweetOutlined />} data-testid="tours">
          {t('live.tours.button')}
        </Button>
      </Popover>
      {edited && (
        <TourDialog
          tour={edited}
          walls={walls}
          onClose={() => setEdited(null)}
          onSave={(tour) => {
            const known = items.some((one) => one.id === tour.id);
            tours.keep({ items: known ? items.map((one) => (one.id === tour.id ? tour : one)) : [...items, tour] });
            setEdited(null);
          }}
        />
      )}
    </>
  );
}
