import { Button, Result } from 'antd';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  /** Where the reader is: somewhere else, everything is tried again. */
  place: string;
  children: ReactNode;
}

interface State {
  failed: boolean;
}

/** Keeps the rest of the console working when a part of it cannot be loaded or drawn. */
export class Boundary extends Component<Props, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.failed && before.place !== this.props.place) this.setState({ failed: false });
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <Result
      status="warning"
      title={t('broken.title')}
      subTitle={t('broken.text')}
      extra={
        <Button type="primary" onClick={() => window.location.reload()}>
          {t('broken.reload')}
        </Button>
      }
      data-testid="broken"
    />
  );
}
