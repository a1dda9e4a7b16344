"""Data of one's own: a drawn digit, an uploaded table, points put on the plane."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from .conftest import Visit
from .lab import expect_state, wait_for_step


def test_a_drawn_digit_is_told_apart(visit: Visit, start: Callable[..., str]) -> None:
    job = start("mnist-softmax", dataset__limit=4000, dataset__validation_size=500, epochs=3)
    page = visit(f"/training/{job}?view=draw")
    expect_state(page, "finished")
    paper = page.get_by_label("Draw a digit here.").first
    box = paper.bounding_box()
    assert box is not None
    across, down = box["width"], box["height"]
    # One upright stroke.
    page.mouse.move(box["x"] + across * 0.5, box["y"] + down * 0.15)
    page.mouse.down()
    page.mouse.move(box["x"] + across * 0.5, box["y"] + down * 0.85, steps=12)
    page.mouse.up()
    panel = page.get_by_role("region", name="Draw a digit", exact=True)
    expect(panel.locator("output")).to_have_text("1")
    expect(panel).to_contain_text("answered by the weights of step")
    panel.get_by_role("button", name="Clear").click()
    expect(panel.locator("output")).to_have_text("")


def test_an_uploaded_table_is_read_and_learned(visit: Visit, tmp_path: Path) -> None:
    table = tmp_path / "houses.csv"
    rows = [f"{i % 17},{(i * 7) % 23},{3 * (i % 17) - 2 * ((i * 7) % 23) + 1}" for i in range(200)]
    table.write_text("rooms,age,price\n" + "\n".join(rows) + "\n")
    page = visit("/training?recipe=table&epochs=3", refusals=(422,))
    page.locator("input[type=file]").set_input_files(table)
    expect(page.get_by_text("200 rows, 3 columns")).to_be_visible()
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled()
    start.click()
    page.wait_for_url("**/training/*")
    wait_for_step(page, 3)
    page.get_by_role("tab", name="Predictions").click()
    panel = page.get_by_role("region", name="Predictions", exact=True)
    expect(panel.get_by_role("columnheader", name="rooms")).to_be_visible()
    expect(panel.get_by_role("columnheader", name="age")).to_be_visible()


def test_rows_that_are_left_out_are_said_and_can_be_kept(visit: Visit, tmp_path: Path) -> None:
    table = tmp_path / "pools.csv"
    rows = [f"{i},{'NA' if i % 4 == 0 else i % 7},{'None' if i % 3 else 'Gd'}" for i in range(200)]
    table.write_text("id,depth,pool\n" + "\n".join(rows) + "\n")
    page = visit("/training?recipe=table&dataset.missing=drop", refusals=(422,))
    page.locator("input[type=file]").set_input_files(table)
    said = page.get_by_role("status").filter(has_text="rows")
    expect(said).to_contain_text("50 of 200 rows are left out, 150 are used.")
    expect(said).to_contain_text("depth: 50 missing (NA), rows left out")
    expect(page.get_by_role("note", name="What was noticed")).to_contain_text("id seems to number the rows")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    page.get_by_label("Missing values", exact=True).select_option("own")
    expect(said).to_contain_text("All 200 rows are used.")
    expect(page.get_by_label("Missing target", exact=True)).to_have_count(0)
    page.get_by_label("Words like NA, ?", exact=True).select_option("missing")
    expect(page.get_by_label("Missing target", exact=True)).to_be_visible()


def test_the_encoding_of_a_file_is_asked_for(visit: Visit, tmp_path: Path) -> None:
    table = tmp_path / "towns.csv"
    rows = [f"{['東京', '大阪'][i % 2]},{i}" for i in range(40)]
    table.write_bytes(("都市,数\n" + "\n".join(rows) + "\n").encode("shift_jis"))
    page = visit("/training?recipe=table", refusals=(422,))
    page.locator("input[type=file]").set_input_files(table)
    choice = page.get_by_label("towns.csv does not say how it is encoded. Encoding")
    expect(choice.locator("option", has_text="shift_jis: 都市")).to_have_count(1)
    choice.select_option("shift_jis")
    expect(page.get_by_text("40 rows, 2 columns")).to_be_visible()
    expect(page.get_by_label("Target", exact=True)).to_contain_text("数, the last column")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_points_put_on_the_plane_are_learned(visit: Visit) -> None:
    page = visit("/training?recipe=gaussians", refusals=(422,))
    page.get_by_label("Dataset", exact=True).select_option("drawn")
    plane = page.get_by_label("Plane to draw points on", exact=False)
    box = plane.bounding_box()
    assert box is not None
    put = [(0.2, 0.2), (0.3, 0.25), (0.25, 0.35), (0.15, 0.3), (0.35, 0.15), (0.3, 0.4)]
    for x, y in put:
        plane.click(position={"x": x * box["width"], "y": y * box["height"]})
    page.get_by_role("radio", name="1", exact=True).check(force=True)
    for x, y in put:
        plane.click(position={"x": (1 - x) * box["width"], "y": (1 - y) * box["height"]})
    expect(page.get_by_text("12 points")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/training/*")
    expect_state(page, "finished")
    expect(page.get_by_role("region", name="Metrics", exact=True)).to_contain_text("train 100.0%")
