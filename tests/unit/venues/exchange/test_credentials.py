"""Keys come from the environment or a file that is its owner's alone, and are never shown."""

from pathlib import Path

import pytest

from styrman.errors import AuthenticationFailed
from styrman.venues.exchange.credentials import find_credential, scrub

FILE = '[main]\nkey = "file-key"\nsecret = "file-secret"\npassword = "file-word"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.toml"
    path.touch(mode=0o600)
    path.write_text(FILE)
    return tmp_path


def test_the_file_gives_key_secret_and_password(home: Path) -> None:
    found = find_credential("main", home, {})

    assert (found.key.get_secret_value(), found.secret.get_secret_value()) == ("file-key", "file-secret")
    assert found.password is not None
    assert found.password.get_secret_value() == "file-word"


def test_the_environment_goes_first(home: Path) -> None:
    found = find_credential("main", home, {"STYRMAN_CREDENTIAL_MAIN_KEY": "k1", "STYRMAN_CREDENTIAL_MAIN_SECRET": "s1"})

    assert (found.key.get_secret_value(), found.secret.get_secret_value(), found.password) == ("k1", "s1", None)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_not_used(home: Path, mode: int) -> None:
    (home / "credentials.toml").chmod(mode)

    with pytest.raises(AuthenticationFailed, match="chmod 600"):
        find_credential("main", home, {})


@pytest.mark.parametrize("environment", [{}, {"STYRMAN_CREDENTIAL_SPARE_KEY": "k"}])
def test_what_is_missing_is_named_with_both_places(home: Path, environment: dict[str, str]) -> None:
    with pytest.raises(AuthenticationFailed) as missing:
        find_credential("spare", home, environment)

    assert all(each in missing.value.detail for each in ("'spare'", "STYRMAN_CREDENTIAL_SPARE_SECRET", "[spare]", "credentials.toml"))


def test_a_broken_file_says_so_and_shows_nothing(home: Path) -> None:
    (home / "credentials.toml").write_text('[main]\nkey = "file-key\n')

    with pytest.raises(AuthenticationFailed) as broken:
        find_credential("main", home, {})

    assert "file-key" not in broken.value.detail


def test_nothing_shows_the_keys(home: Path) -> None:
    found = find_credential("main", home, {})
    url = "https://x/api?symbol=A&signature=abc123&apiKey=file-key {'X-MBX-APIKEY': 'zzz999'} secret=file-secret"

    shown = repr(found) + str(found) + found.scrub(url)

    assert not any(each in shown for each in ("file-key", "file-secret", "file-word", "abc123", "zzz999"))
    assert "symbol=A" in shown


def test_tokens_are_scrubbed_without_knowing_the_keys() -> None:
    assert scrub("listenKey=abc&x=1") == "listenKey=***&x=1"
