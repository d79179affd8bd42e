# How pages look in one browser, shortcuts, and what is shown without a connection.

look-title = In diesem Browser
look-theme = Hell oder dunkel
look-theme-automatic = Wie dieses Gerät es vorgibt
look-theme-light = Hell
look-theme-dark = Dunkel
look-shortcuts = Einzelne Tasten tun etwas.
look-shortcuts-which = Welche?
look-save = Speichern

shortcuts-title = Tastenkürzel
shortcuts-move = Lesen
shortcuts-next = Nächster Beitrag
shortcuts-previous = Voriger Beitrag
shortcuts-open = Sein Gespräch öffnen
shortcuts-unfold = Aufklappen, was lang ist oder eine Warnung hat
shortcuts-news = Die neuen Beiträge zeigen
shortcuts-act = Schreiben
shortcuts-write = Einen Beitrag schreiben
shortcuts-reply = Antworten
shortcuts-heart = Ein Herz geben oder zurücknehmen
shortcuts-bookmark = Lesezeichen setzen oder wegnehmen
shortcuts-boost = Weitersagen oder zurücknehmen
shortcuts-delete = Löschen, was dir gehört; du wirst erst gefragt
shortcuts-go = Wohin
shortcuts-home = Start
shortcuts-notifications = Aktivität
shortcuts-search = Suche
shortcuts-spaces = Räume
shortcuts-own-page = Deine eigene Seite
shortcuts-help = Diese Liste
shortcuts-close = Schließen
shortcuts-switch = Sie ruhen, während du schreibst. Wenn ein Vorleseprogramm oder ein anderes dieselben Tasten braucht, schalte sie ab:
shortcuts-switch-where = in den Einstellungen dieses Browsers
marks-title = Zeichen in dem, was du schreibst
marks-emphasis = Betont
marks-strong = Stark betont
marks-code = Code; mehrere Zeilen zwischen ```
marks-list = Eine Liste, je Zeile ein Punkt
marks-quote = Ein Zitat
marks-link = Ein Link
marks-about = Ein Backslash vor einem Zeichen macht es zu einem gewöhnlichen Buchstaben.

offline-title = Keine Verbindung
offline-why = Dein Server ist von hier nicht zu erreichen. Läuft er, und ist dieses Gerät in seinem Netz?
offline-safe = Nichts ist verloren: Was auf deinem Server liegt, ist noch da, und Entwürfe bleiben in diesem Browser.
offline-again = Noch einmal versuchen
