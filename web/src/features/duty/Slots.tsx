import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DutyPerson, RosterSlot } from '@/api';
import { ClockField } from '@/components/DayField';
import styles from './DutyPage.module.css';

interface Props {
  slots: readonly RosterSlot[];
  people: readonly DutyPerson[];
  disabled: boolean;
  onChange: (slots: RosterSlot[]) => void;
}

/** The shifts of one day: from when, how many hours, who. */
export function Slots({ slots, people, disabled, onChange }: Props) {
  const { t } = useTranslation();
  const put = (at: number, change: Partial<RosterSlot>) =>
    onChange(slots.map((slot, index) => (index === at ? { ...slot, ...change } : slot)));
  const first = people[0];
  return (
    <div className={styles.slots}>
      {slots.map((slot, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a slot has no other name, and its fields are what is typed
        <span key={at} className={styles.slot}>
          <ClockField
            value={slot.start}
            disabled={disabled}
            onChange={(start) => put(at, { start })}
            aria-label={t('shift.slotStart')}
          />
          <Input
            type="number"
            min={0.5}
            max={24}
            step={0.5}
            value={slot.minutes / 60}
            disabled={disabled}
            onChange={(event) => put(at, { minutes: Math.round(Number(event.target.value) * 60) })}
            style={{ width: 110 }}
            suffix={t('shift.hours')}
            aria-label={t('shift.slotHours')}
          />
          <Select
            value={slot.person_id}
            disabled={disabled}
            onChange={(person_id) => put(at, { person_id })}
            style={{ minWidth: 140 }}
            aria-label={t('shift.slotPerson')}
            options={people.map((one) => ({ value: one.id, label: one.name }))}
          />
          {!disabled && (
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t('shift.slotRemove')}
              onClick={() => onChange(slots.filter((_slot, index) => index !== at))}
            />
          )}
        </span>
      ))}
      {slots.length === 0 && disabled && <span className={styles.muted}>{t('shift.nobodyThatDay')}</span>}
      {!disabled && first && (
        <Button
          size="small"
          type="dashed"
          icon={<PlusOutlined />}
          onClick={() =>
            onChange([...slots, { start: slots.length ? '20:00' : '08:00', minutes: 720, person_id: first.id }])
          }
          data-testid="add-slot"
        >
          {t('shift.addSlot')}
        </Button>
      )}
    </div>
  );
}
