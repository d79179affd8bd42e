# Files, backups, restores, devices.
