"""Names stand for work, and finding them runs nobody's code."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from styrman.domain.plan import Context
from styrman.domain.spec import BotSpec, ComputeMode
from styrman.errors import ErrorClass, InvalidSpec, StrategyBroken, StrategyNotFound
from styrman.ports import Description, Program, Work
from styrman.trading.catalogue import Catalogue, nearest_first
from styrman.trading.strategy_files import MAX_BYTES, StrategyFolder, snake_case

SHIPPED = {"dca", "donchian_breakout", "ema_cross", "grid", "idle", "rsi_reversion"}
MINE = 'from styrman import Strategy\n\nclass MyEma(Strategy):\n    """Mine.\n\n    More.\n    """\n'


class FakeCompute:
    """Knows nothing but what it was told to say."""

    def __init__(self, broken: Mapping[str, str] | None = None) -> None:
        self.broken = broken or {}
        self.asked: list[str] = []

    async def load(self, bot_id: str, work: Work, params: Mapping[str, JsonValue], mode: ComputeMode) -> Program:
        raise NotImplementedError

    async def inspect(self, work: Work) -> Description:
        self.asked.append(work.name)
        if work.name in self.broken:
            raise StrategyBroken(self.broken[work.name])
        return Description(summary="", parameters={"title": work.qualname})

    async def check(self, work: Work, params: Mapping[str, JsonValue]) -> int:
        if work.name in self.broken:
            raise StrategyBroken(self.broken[work.name])
        return len(params)

    async def close(self) -> None: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "strategies").mkdir()
    return tmp_path / "strategies"


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return Catalogue(folder.parent)


def spec(strategy: str | None = None, main: str | None = None) -> BotSpec:
    return BotSpec(id="b1", strategy=strategy, main=main, venue="sim", instruments=("BTC/USDT",))


def test_every_shipped_strategy_is_found_by_its_name(catalogue: Catalogue) -> None:
    works = {name: catalogue.resolve(spec(name)) for name in SHIPPED}

    assert {entry.name for entry in catalogue.entries()} == SHIPPED
    assert all(work.shipped and work.path is None for work in works.values())
    assert (works["ema_cross"].module, works["ema_cross"].qualname) == ("styrman.trading.strategies.ema_cross", "EmaCross")


def test_there_need_be_no_folder(tmp_path: Path) -> None:
    assert set(Catalogue(tmp_path / "none").names()) == SHIPPED


def test_a_local_class_is_found_in_snake_case_without_running_its_file(catalogue: Catalogue, folder: Path) -> None:
    (folder / "mine.py").write_text(MINE + "\nraise SystemExit('ran')\n")
    work = catalogue.resolve(spec("my_ema"))
    entry = catalogue.entries()[-1]

    assert (work.kind, work.qualname, work.path, work.shipped) == ("strategy", "MyEma", str(folder / "mine.py"), False)
    assert (entry.name, entry.source, entry.summary) == ("my_ema", "home", "Mine.")


def test_a_changed_file_is_another_module(catalogue: Catalogue, folder: Path) -> None:
    (folder / "mine.py").write_text(MINE)
    before = catalogue.find("my_ema")
    (folder / "mine.py").write_text(MINE + "    fast: int = 3\n")
    after = catalogue.find("my_ema")

    assert before.module != after.module
    assert before.file_hash != after.file_hash
    assert catalogue.find("my_ema") == after


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from styrman import Strategy as Base\nclass A(Base): ...", ["a"]),
        ("import styrman as s\nclass A(s.Strategy): ...", ["a"]),
        ("import styrman.trading.strategy\nclass A(styrman.trading.strategy.Strategy): ...", ["a"]),
        ("from styrman import Strategy\nclass _Base(Strategy): ...\nclass B(_Base): ...", ["b"]),
        ("from styrman.trading.strategies.ema_cross import EmaCross\nclass Mine(EmaCross): ...", ["mine"]),
        ("from elsewhere import Base\nclass A(Base):\n  def target(self, candles): ...", ["a"]),
        ("from elsewhere import Base\nclass A(Base[int]):\n  async def decide(self, ctx): ...", ["a"]),
        ("import enum\nclass Mood(enum.Enum): ...\nclass Plain: ...\nclass D(dict()): ...", []),
        ("from . import x\nimport numpy as np", []),
    ],
)
def test_a_strategy_is_told_from_other_classes(catalogue: Catalogue, folder: Path, text: str, names: list[str]) -> None:
    (folder / "x.py").write_text(text)

    assert [entry.name for entry in catalogue.entries() if entry.source == "home"] == names


@pytest.mark.parametrize(
    ("name", "expected"), [("MyEma", "my_ema"), ("RSIReversion", "rsi_reversion"), ("EMA2Cross", "ema2_cross"), ("Dca", "dca"), ("A", "a")]
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_files_with_an_underscore_are_not_offered(catalogue: Catalogue, folder: Path) -> None:
    (folder / "_draft.py").write_text(MINE)

    assert catalogue.names()[-1] != "my_ema"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\n\nclass X(:\n", "bad.py:3: invalid syntax"),
        (b"x = '\0'", "bad.py:1: "),
        (b"x = '\xff\xfe'", "bad.py:1: "),
        (b"#" * (MAX_BYTES + 1), "larger than"),
        (b"-" * 100_000 + b"1", "bad.py:1: "),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_hurts_no_other(catalogue: Catalogue, folder: Path, content: bytes, says: str) -> None:
    (folder / "bad.py").write_bytes(content)
    (folder / "mine.py").write_text(MINE)
    with pytest.raises(StrategyBroken, match=says) as broken:
        catalogue.resolve(spec("bad"))
    with pytest.raises(StrategyNotFound, match=says):
        catalogue.resolve(spec("nothing"))

    assert broken.value.error_class is ErrorClass.PERMANENT
    assert catalogue.find("my_ema").qualname == "MyEma"


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "loop.py").symlink_to(folder / "loop.py")
    (folder / "gone.py").symlink_to(folder / "nowhere.py")
    [file] = StrategyFolder(folder).files()

    assert file.error is not None
    assert "loop.py can't be read" in file.error


def test_a_name_belongs_to_the_first_who_has_it(catalogue: Catalogue, folder: Path) -> None:
    (folder / "a.py").write_text(MINE)
    (folder / "b.py").write_text(MINE)
    (folder / "c.py").write_text("from styrman import Strategy\nclass EmaCross(Strategy): ...")
    errors = [entry.error for entry in catalogue.entries() if entry.error]

    assert catalogue.find("my_ema").path == str(folder / "a.py")
    assert catalogue.find("ema_cross").shipped
    assert [str(folder / "a.py") in errors[0], "a shipped strategy" in errors[1]] == [True, True]


def test_an_unknown_name_is_answered_with_the_nearest_first(catalogue: Catalogue) -> None:
    with pytest.raises(StrategyNotFound, match=r"called 'ema_cros'; there are: ema_cross, ") as caught:
        catalogue.resolve(spec("ema_cros"))

    assert caught.value.error_class is ErrorClass.PERMANENT
    assert nearest_first("b", ["aa", "bb", "b"]) == ("b", "bb", "aa")


@pytest.mark.parametrize("name", ["package.module:Class", "module:Outer.Inner"])
def test_a_class_of_a_package_is_taken_at_its_word(catalogue: Catalogue, name: str) -> None:
    work = catalogue.resolve(spec(name))

    assert f"{work.module}:{work.qualname}" == name
    assert (work.kind, work.path, work.shipped) == ("strategy", None, False)


@pytest.mark.parametrize("name", ["../x:Y", "os.system('x')", "a:", ":b", "1a:b", "a b:c"])
def test_what_is_no_name_is_unknown(catalogue: Catalogue, name: str) -> None:
    for asked in (spec(name), spec(main=name)):
        with pytest.raises(StrategyNotFound):
            catalogue.resolve(asked)


def test_a_registered_main_goes_before_a_package(catalogue: Catalogue) -> None:
    async def mine(ctx: Context) -> None: ...

    catalogue.register("mine", mine)
    work = catalogue.resolve(spec(main="mine"))
    other = catalogue.resolve(spec(main="package.module:main"))

    assert catalogue.registered(work) is mine
    assert catalogue.registered(other) is None
    assert (other.kind, other.module, other.qualname) == ("main", "package.module", "main")
    with pytest.raises(StrategyNotFound, match=r"No main is called 'min'; there are: mine\. Or write"):
        catalogue.resolve(spec(main="min"))


async def test_admission_names_the_field_and_what_it_may_be(catalogue: Catalogue, folder: Path) -> None:
    (folder / "mine.py").write_text(MINE)
    with pytest.raises(InvalidSpec) as unknown:
        await catalogue.admit(spec("rsi"), FakeCompute())
    with pytest.raises(InvalidSpec) as broken:
        await catalogue.admit(spec("my_ema"), FakeCompute({"my_ema": "mine.py:3: NameError"}))
    with pytest.raises(InvalidSpec) as no_main:
        await catalogue.admit(spec(main="x"), FakeCompute())

    assert unknown.value.errors[0].loc == ("strategy",)
    assert set(unknown.value.errors[0].allowed) == {*SHIPPED, "my_ema"}
    assert broken.value.errors[0].message == "mine.py:3: NameError"
    assert no_main.value.errors[0].loc == ("main",)


async def test_admission_returns_the_work(catalogue: Catalogue) -> None:
    async def mine(ctx: Context) -> None: ...

    catalogue.register("mine", mine)

    assert (await catalogue.admit(spec("idle"), FakeCompute())).name == "idle"
    assert (await catalogue.admit(spec(main="mine"), FakeCompute({"mine": "never asked"}))).name == "mine"


async def test_the_list_has_every_strategy_with_its_schema_or_its_error(catalogue: Catalogue, folder: Path) -> None:
    (folder / "mine.py").write_text(MINE)
    (folder / "bad.py").write_text("def")
    (folder / "worse.py").write_text(MINE.replace("MyEma", "Worse"))
    compute = FakeCompute({"worse": "worse.py:9: it hangs"})
    listed = {listing.name: listing for listing in await catalogue.list(compute)}
    first = len(compute.asked)
    (folder / "mine.py").write_text(MINE + "    fast: int = 3\n")
    again = await catalogue.list(compute)

    assert set(listed) == {*SHIPPED, "my_ema", "bad", "worse"}
    assert (listed["my_ema"].source, listed["my_ema"].description, listed["my_ema"].parameters) == ("home", "Mine.", {"title": "MyEma"})
    assert (listed["worse"].parameters, listed["worse"].error) == (None, "worse.py:9: it hangs")
    assert "bad.py:1" in (listed["bad"].error or "")
    assert compute.asked[first:] == ["my_ema"]  # nothing is tried again unchanged, least of all what hangs
    assert len(again) == len(listed)
