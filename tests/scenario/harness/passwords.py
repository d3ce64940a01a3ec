"""Files of users as other programs write them: openssl for SHA-512, the system's crypt(3) for the others."""
import base64
import subprocess
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

# yescrypt at its least cost: two milliseconds. SLOW: a second and more.
QUICK, SLOW = "yescrypt", "slow bcrypt"

SETTINGS = {
    QUICK: "$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/",
    "yescrypt of Debian": "$y$j9T$k2XAnEHBqQ1Ct2aMXFKNa/",
    "bcrypt 2b": "$2b$10$KBCwKxOzLha2MUDgW0PjXe",
    "bcrypt 2y": "$2y$10$KBCwKxOzLha2MUDgW0PjXe",
    "SHA-512": "$6$rounds=5000$saltsalt",
    SLOW: "$2b$13$KBCwKxOzLha2MUDgW0PjXe",
}
FORMS = [*SETTINGS][:-1] + ["openssl"]


def stored(password, form=QUICK):
    """The hash of a password."""
    if form == "openssl":
        return subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True,
                              check=True).stdout.strip()
    made = crypt.crypt(password, SETTINGS[form])
    assert made and made.startswith(SETTINGS[form]), f"crypt(3) does not know {form}"
    return made


def write(path, users, form=QUICK):
    """A file of users: a map of names to passwords, or to (password, what follows the hash)."""
    lines = []
    for name, password in users.items():
        password, rest = password if isinstance(password, tuple) else (password, None)
        lines.append(f"{name}:{stored(password, form)}" + (f":{rest}" if rest is not None else ""))
    path.write_text("# users\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def basic(user, password):
    """The field of a request, with its line's end."""
    value = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Authorization: Basic {value}\r\n"
