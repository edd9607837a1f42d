"""``new`` writes a folder that runs at once, and never writes over anything."""

import forecast as fc
from forecast.command.folder import open_folder

FILES = ["README.md", "checks.yaml", "company.yaml", "facts.csv", "model.yaml", "scenarios.yaml", "sources.csv"]


def test_the_folder_holds_every_file_and_reads_back(tmp_path, run):
    ran = run("new", tmp_path / "a" / "acme", "--json")
    assert ran.code == 0
    assert ran.json["result"]["files"] == FILES
    assert sorted(path.name for path in (tmp_path / "a" / "acme").iterdir()) == FILES
    found = open_folder(tmp_path / "a" / "acme")
    assert found.settings.name == "Lanternfish (invented)"
    assert found.model.lines["cash"].kind == "stock"
    assert "COMPANY_NAME" not in "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "a" / "acme").iterdir()
    )


def test_the_invented_facts_do_not_contradict_each_other(folder):
    found = open_folder(folder)
    assert found.facts.adds_up().empty
    assert found.history().contradictions == ()
    assert found.history().set_aside == ()


def test_any_name_is_kept_as_it_is(tmp_path, run):
    for number, name in enumerate(("昆仑万维: AI #1", "- [x]", "'quoted\"", "null", "12")):
        path = tmp_path / str(number)
        assert run("new", path, "--name", name).code == 0
        assert open_folder(path).settings.name == name
        assert (path / "README.md").read_text(encoding="utf-8").startswith(f"# {name}\n")


def test_nothing_is_written_over(folder, tmp_path, run):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ran = run("new", folder)
    assert ran.code == 1
    assert ran.err == f"the folder '{folder}' is not empty; nothing was written. Choose another name.\n"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (tmp_path / "file").write_text("")
    assert run("new", tmp_path / "file").err == f"'{tmp_path / 'file'}' is a file; give the name of a folder.\n"
    assert run("new", tmp_path / "file" / "x").code == 1
    assert run("new", tmp_path / "b", "--name", " ").err.startswith("the name is empty;")


def test_the_template_comes_with_the_package():
    from importlib.resources import files

    assert sorted(file.name for file in files("forecast.command").joinpath("template").iterdir()) == FILES
    assert fc.__version__
