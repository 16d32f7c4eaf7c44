"""servers.toml: read strictly, its keys never shown, sent in clear to near hosts only."""

from pathlib import Path

import pytest

from orchestrator.backends import servers
from orchestrator.errors import ConfigError, ModelUnavailable

KEY = "sk-hidden-0123"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the servers of the test are configured: nowhere yet."""
    path = tmp_path / "Application Support" / "servers.toml"  # as on a Mac
    path.parent.mkdir()
    monkeypatch.setenv("WHISPER_CLEANROOM_SERVERS", str(path))
    return path


def configure(file: Path, text: str, mode: int = 0o600) -> None:
    """Write the file with these permissions."""
    file.write_text(text, "utf-8")
    file.chmod(mode)


def test_the_only_server_needs_no_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is completed, its key comes from the environment, its models have their names."""
    monkeypatch.setenv("MY_KEY", KEY)
    configure(
        file,
        '[desk]\nurl = "http://127.0.0.1:8000/"\nkey_variable = "MY_KEY"\n'
        'models = { base = "Systran/faster-whisper-base" }\n',
    )
    server = servers.chosen("openai-http", {})
    assert (server.name, server.url, server.key) == ("desk", "http://127.0.0.1:8000/v1", KEY)
    assert (server.called("base"), server.called("tiny")) == ("Systran/faster-whisper-base", "tiny")
    assert server.told.key == KEY
    assert KEY not in f"{server!r} {server.told!r} {servers.names()}"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/audio/transcriptions", "https://api.openai.com/v1"),
        ("https://proxy.example/openai/v1/", "https://proxy.example/openai/v1"),
        ("http://[::1]:80", "http://[::1]:80/v1"),
    ],
)
def test_an_address_is_a_base(file: Path, url: str, base: str) -> None:
    """As OpenAI's own client has it, and forgiving."""
    configure(file, f'[one]\nurl = "{url}"\n')
    assert servers.chosen("openai-http", {"server": "one"}).url == base


@pytest.mark.parametrize("url", ["https://203.0.113.5", "http://10.0.0.7:8000", "http://localhost"])
def test_a_key_goes_where_nobody_listens(file: Path, url: str) -> None:
    """Encrypted anywhere, else to this machine and private networks."""
    configure(file, f'[one]\nurl = "{url}"\nkey = "{KEY}"\n')
    assert servers.chosen("openai-http", {}).key == KEY


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("url = 1", "one.url: Input should be a valid string"),
        ('url = "http://x"\nkei = "{KEY}"', "one.kei: Extra inputs are not permitted"),
        ('url = "http://x"\nkey = ["{KEY}"]', "one.key: Input should be a valid string"),
        ('url = "ftp://x"', "one: url: ftp is no http or https address"),
        ('url = "localhost:80"', "one: url: localhost is no http or https address"),
        ('url = "https://me:{KEY}@x"', "a key has a place of its own"),
        ('url = "https://x?key={KEY}"', "a key has a place of its own"),
        ('url = "https://x:port"', "one: Port could not be cast"),
        ('url = "http://1.1.1.1"\nkey = "{KEY}"', "its key would be sent over plain http"),
        ('url = "https://x"\nkey = "{KEY}\\n"', "characters that no key has"),
        ('url = "https://x"\nkey_variable = "NO_SUCH"', "NO_SUCH is not set here: export it"),
        ('url = "https://x"\nkey_variable = "A"\nkey = "{KEY}"', "leave one out"),
        ('url = "http://no-such-host.invalid"\nkey = "{KEY}"', "is not known here"),
        ("url = ", "cannot be read: Invalid value"),
    ],
)
def test_a_wrong_entry_is_an_error_without_the_key(file: Path, text: str, says: str) -> None:
    """The sentence names the file and the server."""
    configure(file, f"[one]\n{text.replace('{KEY}', KEY)}\n")
    with pytest.raises(ConfigError) as caught:
        servers.chosen("openai-http", {})
    assert str(caught.value).startswith(str(file))
    assert says in str(caught.value)
    assert KEY not in f"{caught.value} {caught.value.fix} {caught.value.__cause__}"


def test_others_must_not_read_a_key(file: Path) -> None:
    """The fix is the command; without a key in it anybody may read the file."""
    configure(file, f'[one]\nurl = "https://x"\nkey = "{KEY}"\n', 0o640)
    with pytest.raises(ConfigError, match="other users can read it") as caught:
        servers.names()
    assert caught.value.fix == f"chmod 600 '{file}'"
    configure(file, '[one]\nurl = "https://x"\n', 0o644)
    assert servers.names() == ["one"]


def test_which_server_must_be_said_of_several(file: Path) -> None:
    """None is a reason to skip, an unknown one a mistake."""
    with pytest.raises(ModelUnavailable, match="needs a server"):
        servers.chosen("openai-http", {})
    configure(file, '[desk]\nurl = "http://a"\n[cloud]\nurl = "https://b"\n')
    with pytest.raises(ConfigError, match="several servers: desk, cloud") as caught:
        servers.chosen("openai-http", {})
    assert caught.value.fix == "say which: --set openai-http:server=desk"
    with pytest.raises(ConfigError, match="no server 'clod'") as caught:
        servers.chosen("openai-http", {"server": "clod"})
    assert caught.value.fix.startswith("did you mean cloud?")
