import { VideoCameraAddOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useChannelSummary } from '@/lib/channels';
import { Step } from './Step';
import styles from './steps.module.css';

/** How many cameras there are, and the page on which they are added. */
export function CamerasStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const channels = useChannelSummary();
  return (
    <Step step="cameras" onDone={onDone}>
      <div className={styles.days}>
        <strong className="tabular">{channels.data?.total ?? '—'}</strong>
        {t('steps.cameras.there')}
      </div>
      <Link to="/cameras">
        <Button icon={<VideoCameraAddOutlined />}>{t('steps.cameras.add')}</Button>
      </Link>
    </Step>
  );
}
