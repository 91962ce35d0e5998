import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { OWN_STATE_KEY, useOwnState } from '@/lib/ownState';
import { readNotices } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './Notices.module.css';

/** What the person is told: a new device, a factor that was reset, a proposal to confirm. It stays until put away. */
export function Notices() {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const own = useOwnState();
  const read = useMutation({
    mutationFn: readNotices,
    onSettled: () => queries.invalidateQueries({ queryKey: OWN_STATE_KEY }),
  });
  const notices = own.data?.notices ?? [];
  const [first, ...others] = notices;
  if (!first) return null;
  // One line, however many there are: the pictures below keep their room.
  return (
    <Alert
      type="warning"
      showIcon
      banner
      data-testid="notices"
      data-notice={first.kind}
      data-count={notices.length}
      title={inLanguage(first, language)}
      action={
        <span className={styles.act}>
          <span className="tabular">{dateTimeOf(microsOf(first.at))}</span>
          {others.length > 0 && (
            <Button size="small" type="text" onClick={() => read.mutate(notices.map(({ id }) => id))}>
              {t('notices.readAll', { count: notices.length })}
            </Button>
          )}
          <Button size="small" onClick={() => read.mutate([first.id])} loading={read.isPending}>
            {t('notices.read')}
          </Button>
        </span>
      }
    />
  );
}
