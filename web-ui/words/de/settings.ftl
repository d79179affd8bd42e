# Settings, sessions, signing in, the first run.

settings-posts = Neue Beiträge
settings-posts-about = Wenn du beim Schreiben nichts anderes wählst, sind sie für
settings-save = Speichern
settings-language = Sprache
settings-language-about = In welcher Sprache diese Seiten sind
settings-language-automatic = Wie im Browser eingestellt
sign-out-about = Abmelden schließt Hearth nur in diesem Browser. Dein Server läuft weiter.
sign-out-button = Abmelden
