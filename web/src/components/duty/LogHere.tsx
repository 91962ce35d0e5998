import { FormOutlined } from '@ant-design/icons';
import { Button, Modal, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Floating } from '@/components/Surface';
import { useDesk } from '@/lib/duty';
import { useKeys } from '@/lib/keys';
import { may, usePerson } from '@/lib/session';
import { LogForm, type Moment } from './LogForm';

/** Write into the duty log with the camera and the moment that are on the screen. */
export function LogHere({ momentNow }: { momentNow: () => Moment | null }) {
  const { t } = useTranslation();
  const person = usePerson();
  const serves = may(person, 'duty.serve');
  const [moment, setMoment] = useState<Moment | null>(null);
  const aim = () => setMoment(momentNow());
  useKeys(t('shift.keys'), [{ keys: ['n'], does: t('shift.logHere'), act: aim, overControls: true }], serves);
  if (!serves) return null;
  return (
    <>
      <Tooltip title={t('shift.logHereHint')}>
        <Button icon={<FormOutlined />} onClick={aim} aria-keyshortcuts="N" data-testid="log-here">
          {t('shift.logHere')}
        </Button>
      </Tooltip>
      <Modal
        open={moment !== null}
        title={t('shift.logTitle')}
        footer={null}
        onCancel={() => setMoment(null)}
        destroyOnHidden
      >
        <Floating>{moment && <Write moment={moment} onDone={() => setMoment(null)} />}</Floating>
      </Modal>
    </>
  );
}

function Write({ moment, onDone }: { moment: Moment; onDone: () => void }) {
  const { t } = useTranslation();
  const desk = useDesk();
  if (desk.data && !desk.data.shift) {
    return (
      <p data-testid="log-off-duty">
        {t('shift.offDuty')} <Link to="/duty">{t('shift.toDesk')}</Link>
      </p>
    );
  }
  return <LogForm draft="log-here" moment={moment} onWritten={onDone} autoFocus />;
}
