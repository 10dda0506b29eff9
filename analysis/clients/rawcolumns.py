"""Which columns of a raw file may be kept, under which headings, and which are identifiers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from analysis.clients import grid as grids
from analysis.clients.identifiers import plain
from analysis.clients.records import normal
from analysis.clients.schema import COLUMNS

#: Raw columns that are turned into others and never written as they are.
DATE, AGE = "visit_date", "age"
#: Other headings under which people keep the same thing.
ALIASES: Final = {
    "client": "client_code",
    "client_id": "client_code",
    "code": "client_code",
    "client_number": "client_code",
    "visit_number": "visit",
    "visit_no": "visit",
    "session": "visit",
    "session_number": "visit",
    "date": DATE,
    "session_date": DATE,
    "treatment_date": DATE,
    "date_of_visit": DATE,
    "age_years": AGE,
    "gender": "sex",
    "range_of_motion": "rom_degrees",
    "duration_minutes": "minutes",
    "treatment": "kind",
    "adverse_reaction": "adverse",
}
KEPT: Final = frozenset({*COLUMNS, DATE, AGE})

#: Words that, in a heading, announce an identifier -> its kind.
_ANNOUNCED: Final = {
    "name": "names surname forename firstname lastname fullname nickname nombre nombres apellido "
    "apellidos nom prenom vorname nachname nome cognome sobrenome naam achternaam voornaam navn "
    "namn imie nazwisko jmeno prijmeni familienname initials therapist practitioner provider "
    "employer spouse physician name",
    "e-mail address": "email mail emailadresse correo courriel",
    "telephone number": "phone telephone tel mobile cell cellphone fax telefon telefono handy "
    "telefone mobil whatsapp",
    "postal address": "address street city town zip zipcode postcode postal plz county adresse "
    "anschrift direccion indirizzo endereco strasse ort wohnort ville rue residence village "
    "suburb neighbourhood neighborhood district",
    "date of birth": "dob birth birthday birthdate born geburtsdatum geburtstag geboren "
    "nacimiento naissance nascita nascimento geb",
    "national or insurance number": "ssn nhs nino insurance insurer policy medicare medicaid "
    "passport licence license aadhaar dni cpf curp bsn socialsecurity sozialversicherung "
    "beneficiary",
    "record number": "mrn chart account acct iban vehicle plate vin serial device certificate "
    "aktenzeichen patientennummer patid",
    "web address": "url website web homepage link ip",
    "social media handle": "facebook instagram twitter tiktok handle username skype linkedin "
    "telegram",
    "picture or body mark": "photo photograph picture image fingerprint biometric signature",
}
_KINDS: Final = {word: kind for kind, words in _ANNOUNCED.items() for word in words.split()}


@dataclass(frozen=True)
class Column:
    """One column of a raw file. `log` is what it becomes; None where it is refused."""

    position: int
    heading: str
    log: str | None
    cells: npt.NDArray[np.object_]

    @property
    def empty(self) -> bool:
        """Whether no row holds anything."""
        return not any(self.cells)

    @property
    def letter(self) -> str:
        """The column's letter in a spreadsheet."""
        letters, number = "", self.position
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return letters

    @property
    def label(self) -> str:
        """How the column is named in messages: never by a heading that we do not know."""
        return self.log or f"{self.letter} (number {self.position})"


@dataclass(frozen=True)
class Refused:
    """A column that is not kept: its place, and its heading hidden but for a letter."""

    position: int
    letter: str
    masked: str


def columns_of(grid: grids.Grid) -> list[Column]:
    """The columns of a raw file with what each becomes."""
    columns = []
    for position, (heading, cells) in enumerate(zip(grid.header, grid.cells, strict=True), 1):
        name = normal(heading)
        name = ALIASES.get(name, name)
        columns.append(Column(position, heading, name if name in KEPT else None, cells))
    return columns


def refused(columns: Sequence[Column], identifying: set[int]) -> tuple[Refused, ...]:
    """Columns that are not on the allow-list; of an identifying heading nothing is shown."""
    return tuple(
        Refused(
            column.position,
            column.letter,
            "***" if column.position in identifying else f"{column.heading[:1]}***",
        )
        for column in columns
        if column.log is None and (column.heading or not column.empty)
    )


def announced(heading: str) -> str | None:
    """The kind of identifier that a heading announces.

    >>> announced("Client's first name"), announced("Pain now")
    ('name', None)
    """
    from analysis.clients.names import folded

    words = re.findall(r"[^\W\d_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", plain(heading)))
    joined = [folded(word) for word in words]
    joined += [a + b for a, b in itertools.pairwise(list(joined))]
    return next((_KINDS[word] for word in joined if word in _KINDS), None)
