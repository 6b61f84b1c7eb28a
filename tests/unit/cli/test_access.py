"""The token and the profile: who can read them, what a reset changes, what a running service notices."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from styrman.access import (
    HASH_FILE,
    PROFILE_FILE,
    AccessGrant,
    Profile,
    TokenFile,
    ensure_token,
    matches,
    read_profile,
    reset_token,
    write_profile,
)
from styrman.errors import ConfigInvalid, StartupError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def made(home: Path) -> str:
    token = ensure_token(home).token
    assert token is not None
    return token


def test_first_start_makes_a_token_that_only_its_hash_survives(tmp_path: Path) -> None:
    token = made(tmp_path / "home")

    again = ensure_token(tmp_path / "home")
    assert again.token is None
    assert matches(token, again.hash)
    assert token not in (tmp_path / "home" / HASH_FILE).read_text()
    assert len(token) >= 43  # 256 bits


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ensure_token(home)
    write_profile(home, url="http://127.0.0.1:8080", token="secret")

    assert mode(home) == 0o700
    assert mode(home / HASH_FILE) == mode(home / PROFILE_FILE) == 0o600
    assert sorted(path.name for path in home.iterdir()) == [HASH_FILE, PROFILE_FILE]


def test_profile_written_over_an_open_file_becomes_private(tmp_path: Path) -> None:
    (tmp_path / PROFILE_FILE).write_text('url = "http://x"\n')
    (tmp_path / PROFILE_FILE).chmod(0o644)
    write_profile(tmp_path, token="secret")

    assert mode(tmp_path / PROFILE_FILE) == 0o600
    assert read_profile(tmp_path) == Profile("http://x", "secret")


def test_environment_sets_the_token_and_shows_it_to_nobody(tmp_path: Path) -> None:
    old = made(tmp_path)
    grant = ensure_token(tmp_path, SecretStr("x" * 32))

    assert grant.token is None
    assert matches("x" * 32, grant.hash)
    assert not matches(old, grant.hash)
    assert TokenFile(tmp_path).matches("x" * 32)


def test_running_service_takes_a_reset_within_a_second(tmp_path: Path) -> None:
    now = [0.0]
    old = made(tmp_path)
    verifier = TokenFile(tmp_path, monotonic=lambda: now[0])
    assert verifier.matches(old)
    new = reset_token(tmp_path)

    assert verifier.matches(old)  # has not looked yet
    now[0] = 1.0
    assert verifier.matches(new)
    assert not verifier.matches(old)


def test_lost_hash_file_locks_nobody_out_and_nobody_in(tmp_path: Path) -> None:
    now = [0.0]
    token = made(tmp_path)
    verifier = TokenFile(tmp_path, monotonic=lambda: now[0])
    assert verifier.matches(token)
    (tmp_path / HASH_FILE).unlink()
    now[0] = 2.0

    assert verifier.matches(token)
    assert not TokenFile(tmp_path).matches("")
    assert not TokenFile(tmp_path).matches(token)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"A" * 64])
def test_damaged_hash_file_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / HASH_FILE).write_bytes(content)
    with pytest.raises(ConfigInvalid, match="styrman token reset"):
        ensure_token(tmp_path)


def test_unwritable_home_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match="choose another with --home"):
        ensure_token(tmp_path / "file" / "home")


@pytest.mark.parametrize("content", ["", "url = 3", "not toml", "[token]\nurl = 1"])
def test_unusable_profile_reads_as_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / PROFILE_FILE).write_text(content)

    assert read_profile(tmp_path) == Profile()


def test_new_address_keeps_the_token(tmp_path: Path) -> None:
    write_profile(tmp_path, url='http://"quoted"', token="tökén")
    write_profile(tmp_path, url="http://127.0.0.1:9000")

    assert read_profile(tmp_path) == Profile("http://127.0.0.1:9000", "tökén")


def test_token_never_shows_in_a_repr() -> None:
    assert "secret" not in repr(AccessGrant("0" * 64, "secret")) + repr(Profile("u", "secret"))
