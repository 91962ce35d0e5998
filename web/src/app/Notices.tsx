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
  if (notices.length === 0) return null;
  return (
    <div className={styles.notices} data-testid="notices">
      {notices.slice(0, 3).map((notice) => (
        <Alert
          key={notice.id}
          type="warning"
          showIcon
          banner
          data-notice={notice.kind}
          title={inLanguage(notice, language)}
          action={
            <span className={styles.act}>
              <span className="tabular">{dateTimeOf(microsOf(notice.at))}</span>
              <Button size="small" onClick={() => read.mutate([notice.id])} loading={read.isPending}>
                {t('notices.read')}
              </Button>
            </span>
          }
        />
      ))}
    </div>
  );
}
