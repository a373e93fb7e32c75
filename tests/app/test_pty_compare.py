"""One prompt to two models in a real terminal, by keyboard alone: chosen, answered, compared, one promoted."""

from pathlib import Path

from tests.app.person import folder_of, leave, rows, says, send, serving, start

PROVIDER = '[providers.{name}]\napi = "openai-chat"\nbase_url = "{url}/v1"\nmodels = ["m"]\n'


def test_a_prompt_goes_to_two_models_and_one_of_them_is_promoted(home: Path) -> None:
    folder = folder_of(home)
    with (
        serving(home, says("The valve opens too far.")) as red,
        serving(home, says("The valve opens too wide.")) as blue,
    ):
        tables = [PROVIDER.format(name=name, url=server.url) for name, server in (("red", red), ("blue", blue))]
        (home / "penstock" / "config.toml").write_text("\n".join(['model = "red/m"', *tables]))
        with start(folder, columns=120, rows=36) as terminal:
            send(terminal, "/broadcast What is wrong with the valve?")
            terminal.wait_for("One prompt to several sessions")
            terminal.press("a")
            terminal.wait_for("blue/m")
            send(terminal, "blue")
            terminal.wait_for("2 chosen")
            terminal.wait_for("cost unknown")
            terminal.wait_for("write into one folder")
            terminal.press("enter")
            terminal.wait_for("The valve opens too far.")
            terminal.wait_for("The valve opens too wide.")
            terminal.wait_for(lambda: rows("SELECT count(*) FROM turns WHERE outcome = 'done'") == [(2,)])
            send(terminal, "/compare")
            terminal.wait_for("its final answer")
            terminal.press("d")
            terminal.wait_for("Answers: m #1, m #2")
            terminal.wait_for("+1 -1")
            terminal.press("escape")
            terminal.wait_for("its final answer")
            terminal.press("j", "p")
            terminal.wait_for("Go on with m #2, and archive m #1?")
            terminal.press("y")
            terminal.wait_for("1 archived, nothing deleted")
            terminal.wait_for(lambda: rows("SELECT model FROM sessions WHERE archived") == [("red/m",)])
            assert "The valve opens too wide." in terminal.text and "too far." not in terminal.text
            assert leave(terminal) == 0
