import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import styles from './ChannelState.module.css';

/** State of a channel as a shape and a word; the colour only repeats them. */
export function ChannelState({ state }: { state: Channel['state'] }) {
  const { t } = useTranslation();
  return (
    <span className={`${styles.state} ${styles[state]}`} data-testid="channel-state" data-state={state}>
      {t(`channelState.${state}`)}
    </span>
  );
}
