import tomllib
from ipaddress import ip_address
from pathlib import Path

import pytest

from mingjian.config import Settings, example, load
from mingjian.config.settings import section_classes
from mingjian.kernel.errors import MingjianError


def write(folder: Path, text: str) -> Path:
    path = folder / "mingjian.toml"
    path.write_text(text)
    return path


def test_without_file_and_variables_everything_is_default(tmp_path: Path) -> None:
    loaded = load(tmp_path, None, {"PATH": "/bin", "MINGJIAN_DATA": "/data"})
    assert loaded.settings == Settings()
    assert {origin.text for origin in loaded.origins.values()} == {"default"}


def test_the_environment_lies_over_the_file_and_each_value_has_its_origin(tmp_path: Path) -> None:
    path = write(tmp_path, '[api]\nport = 1\n\nhost = "::1"\n[media]\nsegment_s = 30\n')
    loaded = load(tmp_path, None, {"MINGJIAN_API__PORT": "2"})
    assert (loaded.settings.api.port, loaded.settings.api.host, loaded.settings.media.segment_s) == (2, "::1", 30.0)
    origins = {name: origin.text for name, origin in loaded.origins.items() if origin.text != "default"}
    assert origins == {
        ("api", "port"): "MINGJIAN_API__PORT",
        ("api", "host"): f"{path}:4",
        ("media", "segment_s"): f"{path}:6",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [("10.1.0.0/16", 1), ("10.1.0.0/16, fd00::/8", 2), ("10.1.0.0/16,", 1)],
)
def test_lists_in_variables_are_separated_by_commas(tmp_path: Path, value: str, expected: int) -> None:
    networks = load(tmp_path, None, {"MINGJIAN_MEDIA__ALLOWED_NETWORKS": value}).settings.media.allowed_networks
    assert len(networks) == expected


REFUSED: list[tuple[str, dict[str, str], str, str]] = [
    ("[medai]\n", {}, "config.unknown_name", ":1: there is no setting named medai.*mean media?"),
    ("[api]\n\nprot = 1\n", {}, "config.unknown_name", ":3: there is no setting named prot.*mean port?"),
    ("[log]\n[api]\nlevel = 1\n", {}, "config.unknown_name", ":3: there is no setting named level"),
    ("", {"MINGJIAN_API__PROT": "1"}, "config.unknown_name", "MINGJIAN_API__PROT.*mean MINGJIAN_API__PORT?"),
    ("", {"MINGJIAN_DATE": "1"}, "config.unknown_name", "mean MINGJIAN_DATA?"),
    ('[api]\nport = "x"\n', {}, "config.wrong_value", ":2: .*api.port.*a whole number"),
    ("[api]\nport = 70000\n", {}, "config.wrong_value", "at most 65535"),
    ("[api]\nhost = 3\n", {}, "config.wrong_value", "a text in quotes"),
    ("", {"MINGJIAN_API__PORT": "web"}, "config.wrong_value", "MINGJIAN_API__PORT: .*a whole number"),
    ('[log]\nlevel = "loud"\n', {}, "config.wrong_value", "one of 'debug'"),
    ('[media]\nallowed_networks = "10.0.0.0/8"\n', {}, "config.wrong_value", "a list such as"),
    ('[media]\nallowed_networks = ["10.0.0.1/8"]\n', {}, "config.wrong_value", "a network such as"),
    ("[media]\nallowed_networks = []\n", {}, "config.wrong_value", "at least 1 items"),
    ('[api]\npublic_origin = "video.example.cn"\n', {}, "config.wrong_value", "of the form"),
    ("api = 3\n", {}, "config.wrong_value", ":1: .*a section .api."),
    ("[api]\n[[media]]\n", {}, "config.wrong_value", "media.*a section"),
    ("[api\n", {}, "config.syntax", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "environ", "code", "pattern"), REFUSED)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, text: str, environ: dict[str, str], code: str, pattern: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(MingjianError, match=pattern) as caught:
        load(tmp_path, None, environ)
    assert caught.value.code == code
    assert caught.value.what.zh


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * (1 << 20 | 1)])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MingjianError, match=r"other\.toml") as caught:
        load(tmp_path, path, {})
    assert caught.value.code == "config.unreadable"


def test_a_refused_value_is_not_shown(tmp_path: Path) -> None:
    write(tmp_path, f'[storage]\nurl = "{"hunter2" * 1_000}"\n')
    with pytest.raises(MingjianError) as caught:
        load(tmp_path, None, {})
    assert "hunter2" not in str(caught.value)


def test_the_example_names_every_setting_with_its_default(tmp_path: Path) -> None:
    text = example()
    uncommented = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in text.splitlines()
    )
    assert {name: set(values) for name, values in tomllib.loads(uncommented).items()} == {
        name: set(cls.model_fields) for name, cls in section_classes().items()
    }
    write(tmp_path, uncommented)
    assert load(tmp_path, None, {}).settings == Settings()
    write(tmp_path, text)
    assert load(tmp_path, None, {}).settings == Settings()


def test_every_setting_is_explained_in_both_languages() -> None:
    for section, cls in section_classes().items():
        for key, field in cls.model_fields.items():
            lines = (field.description or "").splitlines()
            assert len(lines) == 2, f"{section}.{key} needs one line of Chinese and one of English"
            assert not lines[0].isascii(), f"{section}.{key} needs Chinese first"
            assert lines[1].isascii(), f"{section}.{key} needs English second"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("192.168.1.64", True),
        ("fd12::1", True),
        ("::1", True),
        ("169.254.169.254", False),
        ("8.8.8.8", False),
        ("172.32.0.1", False),
        ("0.0.0.0", False),
        ("2001:4860::1", False),
        ("fe80::1", False),
    ],
)
def test_cameras_are_looked_for_in_private_networks_only(address: str, allowed: bool) -> None:
    networks = Settings().media.allowed_networks
    assert any(ip_address(address) in network for network in networks) is allowed


def test_the_database_is_in_the_data_directory_unless_named() -> None:
    storage = Settings().storage
    assert storage.database_url(Path("/data")) == "sqlite:////data/mingjian.db"
    assert storage.model_copy(update={"url": "postgresql:///x"}).database_url(Path("/data")) == "postgresql:///x"
