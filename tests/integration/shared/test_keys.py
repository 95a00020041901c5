"""Keys made on first use, by several processes at once."""

import subprocess
import sys
from pathlib import Path


def test_processes_that_start_together_end_up_with_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from shared.keys import load_or_create; sys.stdin.read(1);"
        "print(load_or_create(Path(sys.argv[1])).public_key().public_bytes_raw().hex())"
    )
    path = tmp_path / "new" / "key.pem"
    command = [sys.executable, "-c", program, str(path)]
    folder = Path(__file__).resolve().parents[3]
    children = [
        subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("g")
        child.stdin.flush()
    keys = {child.communicate()[0].strip() for child in children}
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert [file.name for file in path.parent.iterdir()] == ["key.pem"]
