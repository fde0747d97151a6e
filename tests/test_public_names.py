import inspect
import subprocess
import sys

import pytest

import ragkit

HEAVY = {"langchain_core", "pydantic", "chromadb", "onnxruntime", "numpy", "streamlit"}
HELP = "import runpy, sys; sys.argv = ['ragkit', '--help']; runpy.run_module('ragkit', run_name='__main__')"


def test_the_public_names_are_sorted_and_few() -> None:
    assert ragkit.__all__ == sorted(set(ragkit.__all__))
    assert len(ragkit.__all__) <= 30


def test_every_public_name_can_be_imported_and_is_documented() -> None:
    for name in ragkit.__all__:
        assert inspect.getdoc(getattr(ragkit, name)), name


def test_what_can_be_imported_is_public() -> None:
    assert dir(ragkit) == sorted([*ragkit.__all__, "__version__"])
    assert set(ragkit._HOMES) == set(ragkit.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        # mypy says so, too: this "ignore" would be one too many otherwise.
        ragkit.Nonsense  # type: ignore[attr-defined] # noqa: B018 - asking for it is the test


@pytest.mark.parametrize("code", ["import ragkit", HELP], ids=["import", "help"])
def test_nothing_heavy_is_imported_for_what_does_not_need_it(code: str) -> None:
    told = f"""
import atexit, sys
atexit.register(lambda: sys.stderr.write(" ".join(sorted({HEAVY!r} & sys.modules.keys()))))
{code}
"""
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
