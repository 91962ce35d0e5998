import { SearchOutlined } from '@ant-design/icons';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OnvifDevice } from '@/api';
import { Floating } from '@/components/Surface';
import { type Chosen, rememberOnvif } from './chosen';
import { LookStep } from './LookStep';
import { SearchStep } from './SearchStep';

/** A device is found or named, says what it offers, and one of its pictures is taken over into the form. */
export function FindCameras({ onChosen }: { onChosen: (chosen: Chosen) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [address, setAddress] = useState<string | null>(null);
  const take = (chosen: Chosen, device: OnvifDevice) => {
    rememberOnvif(chosen.url, device);
    onChosen(chosen);
    setOpen(false);
  };
  return (
    <>
      <Button icon={<SearchOutlined />} onClick={() => setOpen(true)} data-testid="find-cameras">
        {t('discovery.open')}
      </Button>
      <Modal
        open={open}
        title={t('discovery.title')}
        footer={null}
        width={760}
        onCancel={() => setOpen(false)}
        destroyOnHidden
        data-testid="discovery"
      >
        <Floating>
          {address === null ? (
            <SearchStep onAddress={setAddress} />
          ) : (
            <LookStep address={address} onBack={() => setAddress(null)} onTake={take} />
          )}
        </Floating>
      </Modal>
    </>
  );
}
