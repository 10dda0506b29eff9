"""Make `.venv` from requirements.lock, or say at once that it is ready.

Needs nothing but Python itself. Any Python 3 can start this file: it looks for a fitting one
(3.11 to 3.13), and says what to do where there is none. Hence the plain syntax.

The environment is ready when its stamp says so. The stamp is removed before any work and written
last, so that an interrupted set-up is noticed; it holds what the environment was made from (lock,
pyproject, Python, place, packages), so that a changed lock, another Python, a moved folder or a
missing package is noticed too. Whatever is noticed is mended by making the environment anew.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

if sys.version_info < (3, 5):
    sys.exit("This needs Python 3.11, 3.12 or 3.13. Start it with: python3 scripts/make_env.py")

OLDEST, NEWEST = (3, 11), (3, 13)
NAMES = ["python3.13", "python3.12", "python3.11", "python3", "python"]
STAMP = "evidence-stamp.json"
# Settings of the caller that would make Python or pip look, or write, somewhere else.
STRAYS = ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX"]
STRAYS += ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS"]
PROBE = "import json, sys; print(json.dumps([list(sys.version_info[:3]), sys.base_prefix]))"


class SetupError(Exception):
    """The environment cannot be made; the text says why and how to mend it."""


def fits(version):
    """Whether this (major, minor, ...) is one the lock was made for."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def clean_environ():
    """The caller's environment without what would lead Python or pip astray."""
    environ = {key: value for key, value in os.environ.items() if key not in STRAYS}
    environ["PIP_USER"] = "0"
    return environ


def probe(python):
    """`([major, minor, micro], base prefix)` of an interpreter; None when it does not run."""
    try:
        out = subprocess.check_output(
            [python, "-I", "-S", "-c", PROBE], stderr=subprocess.DEVNULL, env=clean_environ()
        )
        version, prefix = json.loads(out.decode("utf-8"))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return version, prefix


def find_python(wanted=""):
    """The interpreter to build with: the one asked for, else the first that fits."""
    here = getattr(sys, "_base_executable", None) or sys.executable
    seen = []
    for name in [wanted] if wanted else [here] + NAMES:
        path = shutil.which(name)
        found = probe(path) if path else None
        if found and fits(found[0]):
            return path, found[0]
        if found:
            seen.append("{} is {}".format(path, ".".join(str(part) for part in found[0])))
        elif wanted:
            seen.append("{} does not run".format(wanted))
    raise SetupError(
        "This needs Python 3.11, 3.12 or 3.13. Found: {}.\n"
        "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install\n"
        "python@3.13; any system: python.org), or name one: make PYTHON=/path/to/python3.12".format(
            "; ".join(dict.fromkeys(seen)) or "none"
        )
    )


def digest(path):
    """SHA-256 of a file; of nothing where there is none."""
    try:
        with open(path, "rb") as handle:
            return hashlib.sha256(handle.read()).hexdigest()
    except OSError:
        return ""


def site_packages(venv, version):
    """Where the environment's packages are."""
    return os.path.join(venv, "lib", "python{}.{}".format(*version), "site-packages")


def packages(venv, version):
    """The installed packages with their versions, as their metadata folders are called."""
    try:
        names = os.listdir(site_packages(venv, version))
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".dist-info"))


def python_of(venv):
    """The environment's own interpreter."""
    return os.path.join(venv, "bin", "python")


def read_stamp(venv):
    """What the environment was made from; empty when it was never finished."""
    try:
        with open(os.path.join(venv, STAMP), encoding="utf-8") as handle:
            stamp = json.load(handle)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(root, venv, version):
    """Say that the environment is whole, and what it was made from."""
    stamp = {
        "place": os.path.realpath(venv),
        "python": list(version),
        "lock": digest(os.path.join(root, "requirements.lock")),
        "pyproject": digest(os.path.join(root, "pyproject.toml")),
        "packages": packages(venv, version),
    }
    part = os.path.join(venv, STAMP + ".part")
    with open(part, "w", encoding="utf-8") as handle:
        json.dump(stamp, handle, indent=1)
    os.replace(part, os.path.join(venv, STAMP))


def whats_wrong(root, venv, wanted=""):
    """What keeps the environment from being used: (`"nothing"|"package"|"all"`, reason).

    `"package"` means that only our own package must be installed again.
    """
    if not os.path.isdir(venv):
        return "all", ""
    stamp = read_stamp(venv)
    if not stamp:
        return "all", "the last set-up was not finished"
    if stamp.get("place") != os.path.realpath(venv):
        return "all", "the folder was moved"
    running = probe(python_of(venv))
    if running is None:
        return "all", "its Python no longer runs"
    if running[0] != stamp.get("python"):
        return "all", "its Python was replaced by another version"
    if wanted:
        found = probe(shutil.which(wanted) or wanted)
        if found is None or found[0] != running[0]:
            return "all", "another Python is asked for"
    if stamp.get("lock") != digest(os.path.join(root, "requirements.lock")):
        return "all", "requirements.lock has changed"
    if not set(stamp.get("packages", [])) <= set(packages(venv, running[0])):
        return "all", "packages are missing or of another version"
    if stamp.get("pyproject") != digest(os.path.join(root, "pyproject.toml")):
        return "package", "pyproject.toml has changed"
    return "nothing", ""


def run(command, what, root):
    """Run a command quietly, with a clock on a terminal; its last lines go into the error."""
    started = time.time()
    live = sys.stderr.isatty()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean_environ(), cwd=root
        )
        try:
            while process.poll() is None:
                if live:
                    sys.stderr.write("\r  {} ... {:.0f} s ".format(what, time.time() - started))
                    sys.stderr.flush()
                time.sleep(0.1)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        log.seek(0)
        lines = log.read().decode("utf-8", "replace").strip().splitlines()
    sys.stderr.write("{}  {}, {:.0f} s\n".format("\r" * live, what, time.time() - started))
    if process.returncode:
        raise SetupError(
            "{} failed:\n    {}\n  {}".format(what, " ".join(command), "\n  ".join(lines[-15:]))
        )


def has_venv_module(python):
    """Whether this Python can make environments with pip (Debian splits that off)."""
    return not subprocess.call(
        [python, "-I", "-c", "import venv, ensurepip"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def install_own(root, venv, uv):
    """Install our package in place, with nothing fetched."""
    tool = [uv, "pip", "install", "--python", python_of(venv)]
    if not uv:
        tool = [python_of(venv), "-I", "-m", "pip", "install", "--disable-pip-version-check"]
    run(tool + ["--no-deps", "--no-build-isolation", "-e", root], "this package", root)


def build_with_uv(root, venv, python, uv):
    """Make the environment with uv."""
    run([uv, "venv", "--no-project", "--python", python, venv], "empty environment (uv)", root)
    fetch_with_uv(root, venv, uv)
    install_own(root, venv, uv)


def fetch_with_uv(root, venv, uv):
    """Install what the lock names, compiled as pip would.

    Otherwise every process compiles the libraries for itself, which takes it seconds, where Python
    is told to write no bytecode, as in many containers.
    """
    lock = os.path.join(root, "requirements.lock")
    sync = [uv, "pip", "sync", "--python", python_of(venv), "--compile-bytecode"]
    run(sync + ["--require-hashes", lock], "packages of requirements.lock (uv)", root)


def build_with_pip(root, venv, python, version):
    """Make the environment with venv and pip."""
    if not has_venv_module(python):
        raise SetupError(
            "{} lacks the venv module. Debian, Ubuntu: apt install python{}.{}-venv "
            "(or python3-venv).".format(python, *version)
        )
    lock = os.path.join(root, "requirements.lock")
    run([python, "-I", "-m", "venv", "--clear", venv], "empty environment", root)
    pip = [python_of(venv), "-I", "-m", "pip", "install", "--disable-pip-version-check"]
    install = pip + ["--no-input", "--require-hashes", "-r", lock]
    run(install, "packages of requirements.lock", root)
    install_own(root, venv, "")


def build(root, venv, python, version):
    """Make the environment anew: with uv where it is at hand and works, else with pip."""
    uv = shutil.which("uv")
    remove(venv)
    if uv:
        try:
            build_with_uv(root, venv, python, uv)
        except SetupError as error:
            sys.stderr.write("  uv did not work here, so pip does it ({})\n".format(error))
            remove(venv)
            uv = None
    if not uv:
        build_with_pip(root, venv, python, version)


def remove(venv):
    """Take away what is there, the stamp first: from here on it counts as unfinished."""
    if os.path.lexists(os.path.join(venv, STAMP)):
        os.remove(os.path.join(venv, STAMP))
    if os.path.islink(venv) or os.path.isfile(venv):
        os.remove(venv)
    elif os.path.isdir(venv):
        shutil.rmtree(venv)


def ensure(root, wanted=""):
    """Leave a whole environment behind; return whether anything had to be done."""
    venv = os.path.join(root, ".venv")
    needed, reason = whats_wrong(root, venv, wanted)
    if needed == "nothing":
        return False
    if needed == "package":
        sys.stderr.write("Bringing .venv up to date ({})\n".format(reason))
        version = read_stamp(venv)["python"]
        os.remove(os.path.join(venv, STAMP))
        install_own(root, venv, "" if has_pip(venv, version) else shutil.which("uv"))
    else:
        python, version = find_python(wanted)
        why = " anew: {}".format(reason) if reason else ""
        sys.stderr.write(
            "Making .venv{} (Python {}; a minute or two, once)\n".format(
                why, ".".join(str(part) for part in version)
            )
        )
        build(root, venv, python, version)
    write_stamp(root, venv, version)
    return True


def has_pip(venv, version):
    """Whether pip is in the environment: it is not when uv made it."""
    return os.path.isdir(os.path.join(site_packages(venv, version), "pip"))


def main():
    """Make the environment where needed. 0: it is ready; 2: it cannot be made; 130: interrupted."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        ensure(root, os.environ.get("PYTHON", ""))
    except SetupError as error:
        sys.stderr.write("\nNo environment: {}\n".format(error))
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; the next run starts the set-up again.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
