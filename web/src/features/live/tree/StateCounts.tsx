import { useTranslation } from 'react-i18next';
import stateStyles from '@/components/ChannelState.module.css';
import { useChannelSummary } from '@/lib/channels';
import styles from './ChannelTree.module.css';

const STATES = ['recording', 'standby', 'connecting', 'offline'] as const;

/** How many channels are in which state, of all that this person reaches. */
export function StateCounts() {
  const { t } = useTranslation();
  const summary = useChannelSummary();
  if (!summary.data || summary.data.total === 0) return null;
  const counts = summary.data;
  return (
    <div className={`${styles.counts} tabular`} data-testid="state-counts" data-total={counts.total}>
      {STATES.filter((state) => state === 'recording' || counts[state] > 0).map((state) => (
        <span key={state} className={`${stateStyles.state} ${stateStyles[state]}`} data-state={state}>
          {t(`channelState.${state}`)} {counts[state]}
        </span>
      ))}
    </div>
  );
}
