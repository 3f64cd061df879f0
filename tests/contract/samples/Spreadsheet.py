"""A made workbook: facts, a table that begins in the middle of a row, and somebody's calculations behind it."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def rows():
    names = ("Minutes", "Torq (N-m)", "Km/h", "Watts", "Km")
    facts = [("Test Name", "made"), ("Total weight (lbs)", 180), ("Temperature (F)", 59.5), ("Crr", 0.004)]
    yield (*facts[0], "", *names, "", "m/s")
    for row in range(1, 40):
        fact = facts[row] if row < len(facts) else ("", "")
        minutes, speed = round(row * 0.021, 3), 20 + (row % 7) / 10
        yield (*fact, "", minutes, 8.5, speed, 150 + row % 5, round(minutes * speed / 60, 3), "", speed / 3.6)


def cell(column, row, value):
    place = f'r="{"ABCDEFGHIJ"[column]}{row}"'
    if isinstance(value, str):
        return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""
    return f"<c {place}><v>{value}</v></c>"


def sheet(table):
    lines = [
        f'<row r="{number}">{"".join(cell(column, number, value) for column, value in enumerate(row))}</row>'
        for number, row in enumerate(table, 1)
    ]
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def workbook(table):
    members = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.'
        f'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets><sheet name="Run" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet(table),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def sample() -> bytes:
    return workbook(list(rows()))
