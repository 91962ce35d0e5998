import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { Button, Input, type InputRef, Space } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '@/lib/copyText';
import styles from './Copyable.module.css';

/** A value to hand on exactly: selected by a click, copied by the button. */
export function Copyable({ value, label, testId }: { value: string; label: string; testId?: string }) {
  const { t } = useTranslation();
  const field = useRef<InputRef>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const input = field.current?.input;
    if (input) setCopied(await copyText(value, input));
  };
  return (
    <Space.Compact block>
      <Input
        ref={field}
        readOnly
        value={value}
        aria-label={label}
        className={styles.value ?? ''}
        onFocus={(event) => event.target.select()}
        data-testid={testId}
      />
      <Button icon={copied ? <CheckOutlined /> : <CopyOutlined />} onClick={copy} onBlur={() => setCopied(false)}>
        {t(copied ? 'copy.done' : 'copy.do')}
      </Button>
    </Space.Compact>
  );
}
