"""Hamilton runs the dataflow without pandas, and is Hamilton with pandas for whoever wants tables of it."""

import json
import subprocess
import sys
import textwrap

import pytest

LOADED = "from paceline.measure import flow; flow.compute({'power': np.ones(60), 'interval': 1.0}, ['work'])"


def run(code: str) -> object:
    """What a fresh process prints last, as JSON: nothing that was imported here is there."""
    lines = f"import json, sys\nimport numpy as np\n{textwrap.dedent(code)}"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_metrics_are_computed_without_pandas():
    assert run(f"{LOADED}\nprint(json.dumps('pandas' in sys.modules))") is False


def test_hamiltons_tables_are_made_by_pandas_when_somebody_asks():
    made = run(f"""
        {LOADED}
        from hamilton import base
        before = 'pandas' in sys.modules
        table = base.PandasDataFrameResult.build_result(a=[1, 2], b=[3, 4])
        import pandas
        extension = hasattr(base.pd_extension, 'NDArrayBackedExtensionIndex')
        print(json.dumps([before, isinstance(table, pandas.DataFrame), table.b.tolist(), extension]))
    """)
    assert made == [False, True, [3, 4], True]


def test_hamiltons_signatures_speak_of_pandas_own_types():
    found = run(f"""
        {LOADED}
        import typing, hamilton.base, hamilton.io.utils
        returned = typing.get_type_hints(hamilton.base.PandasDataFrameResult.build_result)['return']
        either = typing.get_type_hints(hamilton.io.utils.get_sql_metadata)['results']
        import pandas
        print(json.dumps([returned is pandas.DataFrame, either == int | pandas.DataFrame]))
    """)
    assert found == [True, True]


def test_a_flow_of_tables_runs_in_the_same_process():
    total = run(f"""
        {LOADED}
        import pandas as pd
        from hamilton import driver
        from hamilton.ad_hoc_utils import create_module
        module = create_module('import pandas as pd\\ndef doubled(x: pd.Series) -> pd.Series:\\n    return 2 * x\\n')
        table = driver.Builder().with_modules(module).build().execute(['doubled'], inputs={{'x': pd.Series([1, 2])}})
        print(json.dumps(float(np.sum(np.asarray(table['doubled'])))))
    """)
    assert total == 6.0


def test_where_pandas_is_there_already_nothing_is_put_in_its_place():
    same = run(f"""
        import pandas
        {LOADED}
        import hamilton.base
        print(json.dumps([hamilton.base.pd is pandas, sys.meta_path[0].__class__.__name__]))
    """)
    assert same[0] is True
    assert same[1] != "_Finder"


def test_another_thread_that_imports_pandas_meanwhile_has_pandas():
    shape = run(f"""
        import threading
        from paceline.measure.pandas_postponed import pandas_postponed
        found = []
        with pandas_postponed():
            import hamilton.graph_types
            thread = threading.Thread(target=lambda: found.append(__import__('pandas').DataFrame({{'a': [1]}}).shape))
            thread.start()
            from hamilton import driver
            thread.join()
        {LOADED}
        print(json.dumps(found))
    """)
    assert shape == [[1, 1]]


def test_a_module_that_wants_more_than_names_is_loaded_with_pandas(tmp_path):
    (tmp_path / "hamilton").mkdir()
    (tmp_path / "hamilton" / "__init__.py").touch()
    (tmp_path / "hamilton" / "tables.py").write_text("import pandas as pd\nclass Table(pd.DataFrame):\n    pass\n")
    kept = run(f"""
        sys.path.insert(0, {str(tmp_path)!r})
        from paceline.measure.pandas_postponed import pandas_postponed
        with pandas_postponed():
            import hamilton.tables
        import pandas
        print(json.dumps([issubclass(hamilton.tables.Table, pandas.DataFrame), hamilton.tables.pd is pandas]))
    """)
    assert kept == [True, True]


def test_an_error_of_a_module_itself_is_its_own(tmp_path):
    (tmp_path / "hamilton").mkdir()
    (tmp_path / "hamilton" / "__init__.py").touch()
    (tmp_path / "hamilton" / "broken.py").write_text("raise ValueError('its own')\n")
    with pytest.raises(AssertionError, match="its own"):
        run(f"""
            sys.path.insert(0, {str(tmp_path)!r})
            from paceline.measure.pandas_postponed import pandas_postponed
            with pandas_postponed():
                import hamilton.broken
        """)
