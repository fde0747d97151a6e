"""What of a model's text is shown as more than letters."""

from ragkit_apps.markup import prose

TABLE = "The plans [1]:\n\n| Plan | Users |\n|:---|---:|\n| Team | 25 [2] |\n| A\\|B | <b>1</b> |"
CODE = "Run:\n\n```bash\nif x < 3:\n    print('**no**')\n```\n\nDone."


def test_a_table_is_a_table_with_a_head_and_the_numbers_of_its_sources() -> None:
    shown = prose(TABLE)
    assert '<th scope="col">Plan</th><th scope="col">Users</th>' in shown
    assert "<td>Team</td><td>25<sup" in shown
    assert "&lt;b&gt;1" in shown
    assert shown.count("<tr>") == 3


def test_rows_as_the_parsers_write_them_are_a_table_too() -> None:
    # Broken on purpose: `headed` without what `tables` finds, and without `len(lines) > 1`.
    shown = prose("Prices:\nPlan | A month [1]\nTeam | £26 [1]\nSolo | £12 [1]\n\nType a | b.")
    assert '<p>Prices:</p><div class="rk-table" tabindex="0"><table><tr><th scope="col">Plan</th>' in shown
    assert "<td>Team</td><td>£26<sup" in shown
    assert "<p>Type a | b.</p>" in shown


def test_numbers_are_asked_for_in_the_order_of_the_text() -> None:
    asked: list[int] = []

    def chip_of(number: int) -> str:
        asked.append(number)
        return ""

    prose(f"{TABLE}\n\n1. Third [3]\n\n{CODE}\n\nLast [4]", chip_of)
    assert asked == [1, 2, 3, 4]


def test_code_keeps_its_lines_its_indent_and_its_signs() -> None:
    shown = prose(CODE)
    assert "if x &lt; 3:<br>    print(&#x27;**no**&#x27;)</pre>" in shown
    assert shown.endswith("<p>Done.</p></div>")


def test_code_that_is_still_being_written_is_code() -> None:
    assert "<pre" in prose("Run:\n```\nls | wc")
