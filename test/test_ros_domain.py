"""The domain of a test run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ros_domain import claim_domain

SUPPORT = Path(__file__).parent / "support"


def test_every_claim_is_another_domain() -> None:
    mine = {claim_domain(), claim_domain()}
    assert len(mine | {int(os.environ["ROS_DOMAIN_ID"])}) == 3
    code = "from ros_domain import claim_domain; print([claim_domain() for _ in range(50)])"
    path = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    said = subprocess.check_output([sys.executable, "-c", code], env=path, text=True)
    theirs = {int(word) for word in said.strip("[]\n").split(",")}
    assert len(theirs) == 50
    assert not theirs & mine
    assert all(1 <= domain <= 100 for domain in theirs | mine)
