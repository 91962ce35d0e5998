import { AppstoreAddOutlined, DeleteOutlined, SaveOutlined } from '@ant-design/icons';
import { Button, Empty, Input, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import type { Kept } from '@/lib/preferences';
import { freshId, type SavedWalls } from './savedWalls';
import styles from './WallBar.module.css';
import { showWall, useWall } from './wall';

/** Walls under a name: show one, keep the one on the screen, remove one. */
export function WallsMenu({ saved }: { saved: Kept<SavedWalls> }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const { items } = saved.value;
  const save = () => {
    const { layout, slots } = useWall.getState();
    const trimmed = name.trim();
    if (!trimmed) return;
    const same = items.find((one) => one.name === trimmed);
    const wall = { id: same?.id ?? freshId(), name: trimmed, layout, slots: slots.slice(0, layout) };
    saved.keep({ items: same ? items.map((one) => (one === same ? wall : one)) : [...items, wall] });
    setName('');
  };
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={open}
      onOpenChange={setOpen}
      title={t('live.walls.title')}
      content={
        <div className={styles.menu}>
          <ProblemNote error={saved.error} />
          {items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('live.walls.none')} />}
          <ul className={styles.items}>
            {items.map((wall) => (
              <li key={wall.id}>
                <button
                  type="button"
                  className={styles.item}
                  onClick={() => {
                    showWall(wall);
                    setOpen(false);
                  }}
                  data-testid="saved-wall"
                >
                  {wall.name} <span className="tabular">{wall.layout}</span>
                </button>
                <Button
                  type="text"
                  size="small"
                  icon={<DeleteOutlined />}
                  aria-label={t('live.walls.remove', { name: wall.name })}
                  title={t('live.walls.remove', { name: wall.name })}
                  onClick={() => saved.keep({ items: items.filter((one) => one.id !== wall.id) })}
                />
              </li>
            ))}
          </ul>
          <div className={styles.saving}>
            <Input
              value={name}
              maxLength={60}
              placeholder={t('live.walls.name')}
              aria-label={t('live.walls.name')}
              onChange={(event) => setName(event.target.value)}
              onPressEnter={save}
              data-testid="wall-name"
            />
            <Button
              icon={<SaveOutlined />}
              disabled={!name.trim() || !saved.ready}
              onClick={save}
              data-testid="save-wall"
            >
              {t('live.walls.save')}
            </Button>
          </div>
        </div>
      }
    >
      <Button type="text" icon={<AppstoreAddOutlined />} data-testid="walls">
        {t('live.walls.button')}
      </Button>
    </Popover>
  );
}
