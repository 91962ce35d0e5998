import {
  DownOutlined,
  FileSearchOutlined,
  IdcardOutlined,
  KeyOutlined,
  LogoutOutlined,
  MacCommandOutlined,
  QuestionCircleOutlined,
  SearchOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Person } from '@/api';
import { LanguageSwitch } from '@/components/LanguageSwitch';
import { Brand } from '@/components/Mark';
import { PasswordDialog } from '@/components/PasswordDialog';
import { ServerClock } from '@/components/ServerClock';
import { ToneSwitch } from '@/components/ToneSwitch';
import { AlertBell } from '@/features/alerts/AlertBell';
import { chooseLanguage, inLanguage, isLanguage, type Language, rememberedLanguage, useLanguage } from '@/lib/i18n';
import { useOwnState } from '@/lib/ownState';
import { usePreference } from '@/lib/preferences';
import { setLanguage, signOut } from '@/lib/server';
import { may, SESSION_KEY } from '@/lib/session';
import { chooseTone, isToneChoice, type ToneChoice } from '@/lib/tone';
import styles from './TopBar.module.css';

interface Props {
  person: Person;
  demonstration: boolean;
  onSearch: () => void;
  onKeys: () => void;
  onHelp: () => void;
}

export function TopBar({ person, demonstration, onSearch, onKeys, onHelp }: Props) {
  const { t } = useTranslation();
  const organisation = useOwnState().data?.organisation;
  const choose = useToneOfPerson();
  const rememberOnServer = useLanguageOfPerson(person);
  return (
    <header className={styles.bar}>
      <Brand size={30} />
      {organisation && (
        <span className={styles.organisation} data-testid="organisation">
          {organisation}
        </span>
      )}
      {demonstration && (
        <Tag className={styles.demo ?? ''} data-testid="demonstration" title={t('shell.demonstrationHint')}>
          {t('shell.demonstration')}
        </Tag>
      )}
      <span className={styles.spring} />
      <button type="button" className={styles.search} onClick={onSearch} data-testid="search">
        <SearchOutlined />
        <span>{t('search.short')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      {may(person, 'alert.read') && <AlertBell />}
      <ServerClock />
      <Button
        type="text"
        icon={<QuestionCircleOutlined />}
        aria-label={t('help.open')}
        title={t('help.open')}
        onClick={onHelp}
        data-testid="help"
      />
      <Button
        type="text"
        icon={<MacCommandOutlined />}
        aria-label={t('keys.title')}
        title={t('keys.title')}
        onClick={onKeys}
        data-testid="keys"
      />
      <ToneSwitch onChosen={choose} />
      <LanguageSwitch onChosen={rememberOnServer} />
      <PersonMenu person={person} />
    </header>
  );
}

const toneIn = (kept: unknown): { choice?: ToneChoice } => {
  const choice = (kept as { choice?: unknown } | null)?.choice;
  return isToneChoice(choice) ? { choice } : {};
};

/** The tone that a person chose follows them to another desk. */
function useToneOfPerson(): (choice: ToneChoice) => void {
  const { value, keep } = usePreference('tone', toneIn);
  const { choice } = value;
  useEffect(() => {
    if (choice) chooseTone(choice);
  }, [choice]);
  return (next) => {
    chooseTone(next);
    keep({ choice: next });
  };
}

/** The language chosen on this machine goes to the server; without such a choice the person's own is taken. */
function useLanguageOfPerson(person: Person): (language: Language) => void {
  const queries = useQueryClient();
  const save = (language: Language) => {
    setLanguage(language).then(
      (changed) => queries.setQueryData(SESSION_KEY, changed),
      // The choice holds on this machine; the server learns it with the next sign-in.
      () => undefined,
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each person who signs in, not for each answer
  useEffect(() => {
    const chosen = rememberedLanguage();
    if (chosen && chosen !== person.language) save(chosen);
    if (!chosen && isLanguage(person.language)) chooseLanguage(person.language);
  }, [person.id]);
  return save;
}

function PersonMenu({ person }: { person: Person }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [changing, setChanging] = useState(false);
  const leave = () =>
    signOut()
      .catch(() => undefined)
      .finally(() => {
        queries.clear();
        window.location.assign('/sign-in');
      });
  const items = [
    { key: 'account', icon: <IdcardOutlined />, label: t('account.title'), onClick: () => navigate('/account') },
    { key: 'trail', icon: <FileSearchOutlined />, label: t('trail.title'), onClick: () => navigate('/trail') },
    { key: 'password', icon: <KeyOutlined />, label: t('shell.password'), onClick: () => setChanging(true) },
    { key: 'leave', icon: <LogoutOutlined />, label: t('shell.signOut'), onClick: leave },
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
        <Button type="text" icon={<UserOutlined />} data-testid="person">
          <span className={styles.person}>
            {person.display_name}
            <span className={styles.role}>{inLanguage(person.role, language)}</span>
          </span>
          <DownOutlined className={styles.caret} />
        </Button>
      </Dropdown>
      <PasswordDialog open={changing} onClose={() => setChanging(false)} />
    </>
  );
}
