import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Floating } from '@/components/Surface';
import Chapter from './Chapter';

/** The chapter about a page, beside it: nobody leaves the pictures to read. */
export default function HelpDrawer({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      open
      onClose={onClose}
      title={t('menu.help')}
      size={560}
      mask={false}
      extra={
        <Link to={`/help/${name}`} onClick={onClose}>
          {t('help.whole')}
        </Link>
      }
      data-testid="help-drawer"
    >
      <Floating>
        <Chapter name={name} />
      </Floating>
    </Drawer>
  );
}
