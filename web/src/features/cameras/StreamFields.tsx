import { Form, Input, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';

const TRANSPORTS = ['auto', 'tcp', 'udp'] as const;

/** How a camera is asked for its streams. `onSubTyped` is called when the address was left. */
export function StreamFields({ onSubTyped }: { onSubTyped?: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name="transport" label={t('cameras.transport')} extra={t('cameras.transportHint')}>
        <Segmented
          aria-label={t('cameras.transport')}
          options={TRANSPORTS.map((value) => ({ value, label: t(`cameras.transports.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="subUrl" label={t('cameras.subUrl')} extra={t('cameras.subUrlHint')}>
        <Input
          placeholder="rtsp://192.168.1.64:554/Streaming/Channels/102"
          onBlur={onSubTyped}
          autoComplete="off"
          spellCheck={false}
        />
      </Form.Item>
    </>
  );
}
