"""What a site is set up with, and where its templates lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKAGED = Path(__file__).parents[1] / "templates"
CHECKOUT = Path(__file__).parents[3] / "templates"


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """`prefix` is the path the site is mounted at ("/disclosure"); `proxies` is how many proxies in front may
    be believed for X-Forwarded-For, -Proto, -Host and -Prefix; `address` is what permalinks begin with, such as
    https://www.example.gov.cn; `rate` is how many requests a minute one client may make, 0 any number; `site_code` is
    the 网站标识码; `requests` says where to ask for what is not here; `colour` is that of the head, `deep` the same
    for large type; `logo` lies below the data folder."""

    name: str
    agency: str
    data_dir: Path
    threads: int = 4
    rate: int = 0
    prefix: str = ""
    proxies: int = 0
    address: str = ""
    site_code: str = ""
    contact: str = ""
    requests: str = ""
    icp: str = ""
    police: str = ""
    colour: str = ""
    deep: str = ""
    logo: str = ""


def templates_dir() -> Path:
    """The copy in an installed package, else the folder of the checkout."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT
