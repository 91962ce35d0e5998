import { CalendarOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNowUs } from '@/lib/clock';
import { clockTyped, dayTyped } from '@/lib/time';
import styles from './DayField.module.css';

interface Props {
  value?: string | null;
  onChange?: (value: string) => void;
  id?: string;
  disabled?: boolean;
  'aria-label'?: string;
}

/** A day, `2026-11-20` or empty: typed as people write it, or picked. Looks the same in every browser's language. */
export function DayField(props: Props) {
  const { t } = useTranslation();
  const calendar = useRef<HTMLInputElement>(null);
  return (
    <Typed
      {...props}
      width={160}
      read={dayTyped}
      placeholder={t('form.day')}
      suffix={
        <>
          <Button
            type="text"
            size="small"
            tabIndex={-1}
            disabled={props.disabled ?? false}
            icon={<CalendarOutlined />}
            aria-label={t('form.pickDay')}
            onClick={() => calendar.current?.showPicker()}
          />
          <input
            ref={calendar}
            type="date"
            tabIndex={-1}
            aria-hidden="true"
            className={styles.calendar}
            value={props.value ?? ''}
            onChange={(event) => props.onChange?.(event.target.value)}
          />
        </>
      }
    />
  );
}

/** A time of day, `08:30` or empty. */
export function ClockField(props: Props) {
  return <Typed {...props} width={96} read={clockTyped} placeholder="08:30" />;
}

interface TypedProps extends Props {
  width: number;
  placeholder: string;
  read: (text: string, nowUs: number) => string | null;
  suffix?: ReactNode;
}

/** What is written in full counts at once; anything else when the field is left or Enter is pressed. */
function Typed({ value, onChange, read, width, suffix, ...field }: TypedProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const write = (text: string) => {
    const whole = text === '' || read(text, serverNowUs()) === text;
    setDraft(whole ? null : text);
    setWrong(false);
    if (whole) onChange?.(text);
  };
  const settle = () => {
    if (draft === null) return;
    const found = draft.trim() === '' ? '' : read(draft, serverNowUs());
    setWrong(found === null);
    // What cannot be read stays to be mended, and no other value counts meanwhile.
    if (found !== null) setDraft(null);
    onChange?.(found ?? '');
  };
  return (
    <Input
      {...field}
      className="tabular"
      style={{ width }}
      maxLength={20}
      autoComplete="off"
      value={draft ?? value ?? ''}
      {...(wrong && { status: 'error' as const, 'aria-invalid': true })}
      suffix={suffix}
      onChange={(event) => write(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === 'Enter' && settle()}
    />
  );
}
