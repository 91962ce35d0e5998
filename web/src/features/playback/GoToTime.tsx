import { ClockCircleOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNowUs } from '@/lib/clock';
import { dateTimeOf, parseMoment } from '@/lib/time';
import styles from './GoToTime.module.css';

/** Always there: type a moment, press Enter. While nobody types it shows the moment on the screen. */
export function GoToTime({ atUs, onGo }: { atUs: number; onGo: (us: number) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const field = useRef<HTMLSpanElement>(null);
  const go = () => {
    const us = parseMoment(typed ?? '', serverNowUs());
    setWrong(us === null);
    if (us === null) return;
    setTyped(null);
    field.current?.querySelector('input')?.blur();
    onGo(Math.min(us, serverNowUs()));
  };
  return (
    <span className={styles.field} ref={field}>
      <Input
        prefix={<ClockCircleOutlined />}
        className={`${styles.input} tabular`}
        aria-label={t('playback.goTo')}
        aria-describedby="go-to-hint"
        placeholder={t('playback.goToExample')}
        status={wrong ? 'error' : ''}
        value={typed ?? dateTimeOf(atUs)}
        onFocus={(event) => {
          setTyped(event.target.value);
          event.target.select();
        }}
        onBlur={() => {
          setTyped(null);
          setWrong(false);
        }}
        onChange={(event) => setTyped(event.target.value)}
        onPressEnter={(event) => {
          // The same key would write a line into the dialog that may open now.
          event.preventDefault();
          go();
        }}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        data-testid="go-to"
      />
      <span
        id="go-to-hint"
        className={wrong ? styles.wrong : typed === null ? 'unseen' : styles.hint}
        role={wrong ? 'alert' : undefined}
      >
        {t(wrong ? 'playback.goToWrong' : 'playback.goToHint')}
      </span>
    </span>
  );
}
