import { Input } from 'antd';
import { type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './WeekGrid.module.css';
import { DAY_MINUTES, DAYS, daysBetween, dayWords, dragged, isMarked, painted, parseDay, type Week } from './weekly';

interface GridProps {
  week: Week;
  disabled: boolean;
  onChange: (week: Week) => void;
}

interface Drag {
  day: number;
  minute: number;
  mark: boolean;
  before: Week;
}

const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

/** A week painted by dragging: a drag that begins on a marked cell clears. Each day can be typed to the minute too. */
export function WeekGrid({ week, disabled, onChange }: GridProps) {
  const { t } = useTranslation();
  const drag = useRef<Drag | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const placeOf = (event: PointerEvent) => {
    const box = grid.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    const row = Math.floor(((event.clientY - box.top) / box.height) * DAYS.length);
    return {
      day: Math.min(7, Math.max(1, row + 1)),
      minute: ((event.clientX - box.left) / box.width) * DAY_MINUTES,
    };
  };
  const paint = (event: PointerEvent) => {
    const held = drag.current;
    if (!held) return;
    const { day, minute } = placeOf(event);
    onChange(painted(held.before, daysBetween(held.day, day), dragged(held.minute, minute), held.mark));
  };
  const begin = (event: PointerEvent) => {
    if (disabled || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    drag.current = { ...place, mark: !isMarked(week, place.day, place.minute), before: week };
    paint(event);
  };
  return (
    <div className={styles.week}>
      <div className={styles.hours} aria-hidden="true">
        {HOURS.map((hour) => (
          <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
            {hour}
          </span>
        ))}
      </div>
      <div className={styles.body}>
        <div className={styles.names}>
          {DAYS.map((day) => (
            <span key={day}>{t(`weekday.${day}`)}</span>
          ))}
        </div>
        <div
          ref={grid}
          className={`${styles.grid} ${disabled ? styles.fixed : ''}`}
          onPointerDown={begin}
          onPointerMove={paint}
          onPointerUp={() => {
            drag.current = null;
          }}
          onPointerCancel={() => {
            drag.current = null;
          }}
          data-testid="week-grid"
        >
          {DAYS.map((day) => (
            <div key={day} className={styles.day}>
              {(week[day] ?? []).map(({ from, to }) => (
                <span
                  key={from}
                  className={styles.marked}
                  style={{ left: `${(from / DAY_MINUTES) * 100}%`, width: `${((to - from) / DAY_MINUTES) * 100}%` }}
                />
              ))}
            </div>
          ))}
        </div>
        <div className={styles.typed}>
          {DAYS.map((day) => (
            <TypedDay
              key={day}
              label={t('plan.typed', { day: t(`weekday.${day}`) })}
              words={dayWords(week[day] ?? [])}
              disabled={disabled}
              onTyped={(text) => {
                const stretches = parseDay(text);
                if (stretches) onChange({ ...week, [day]: stretches });
                return stretches !== null;
              }}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface TypedDayProps {
  label: string;
  words: string;
  disabled: boolean;
  /** False when it cannot be understood. */
  onTyped: (text: string) => boolean;
}

function TypedDay({ label, words, disabled, onTyped }: TypedDayProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const finish = () => {
    const understood = typed === null || onTyped(typed);
    setWrong(!understood);
    if (understood) setTyped(null);
  };
  return (
    <Input
      size="small"
      className="tabular"
      aria-label={label}
      title={wrong ? t('plan.typedWrong') : words}
      status={wrong ? 'error' : ''}
      disabled={disabled}
      placeholder={t('plan.nothing')}
      value={typed ?? words}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={finish}
      onPressEnter={(event) => {
        event.preventDefault();
        finish();
      }}
    />
  );
}
