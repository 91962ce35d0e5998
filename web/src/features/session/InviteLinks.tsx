import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { Alert, Button, Input } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invitation } from '@/api';
import { copyText } from '@/lib/copyText';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './InviteLinks.module.css';

const linkOf = (invite: Invitation) => `${window.location.origin}/invite?token=${encodeURIComponent(invite.token)}`;

/** The links by which the others set their own passwords. The server keeps only their digests: shown now or never. */
export function InviteLinks({ invites, onDone }: { invites: Invitation[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Alert type="warning" showIcon title={t('setUp.linksOnce')} />
      <ul className={styles.invites}>
        {invites.map((invite) => (
          <Row key={invite.login_name} invite={invite} />
        ))}
      </ul>
      <Button type="primary" size="large" onClick={onDone} data-testid="links-done">
        {t('setUp.handedOut')}
      </Button>
    </>
  );
}

function Row({ invite }: { invite: Invitation }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [copied, setCopied] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const copy = async () => {
    const field = row.current?.querySelector('input');
    if (field) setCopied(await copyText(linkOf(invite), field));
  };
  return (
    <li ref={row} className={styles.invite}>
      <span className={styles.who}>
        <strong>{invite.display_name}</strong>
        <span className={styles.role}>
          {inLanguage(invite.role, language)} · {invite.login_name}
        </span>
      </span>
      <Input
        readOnly
        value={linkOf(invite)}
        aria-label={t('setUp.linkOf', { name: invite.display_name })}
        data-testid="invite-link"
      />
      <Button icon={copied ? <CheckOutlined /> : <CopyOutlined />} onClick={copy}>
        {t(copied ? 'setUp.copied' : 'setUp.copy')}
      </Button>
    </li>
  );
}
