# Das Laufwerk: Ordner, Dateien, was sie waren, und wie Dateien hierher kommen.

drive-sums = { $folders ->
    [0] { $files ->
        [0] Noch nichts darin.
        [one] Eine Datei, { $bytes }.
       *[other] { $files } Dateien, { $bytes }.
    }
    [one] { $files ->
        [0] Ein Ordner, noch ohne Dateien.
        [one] Eine Datei in einem Ordner, { $bytes }.
       *[other] { $files } Dateien und ein Ordner, { $bytes }.
    }
   *[other] { $files ->
        [0] { $folders } Ordner, noch ohne Dateien.
        [one] Eine Datei in { $folders } Ordnern, { $bytes }.
       *[other] { $files } Dateien und { $folders } Ordner, { $bytes }.
    }
}
drive-sums-part = Mehr als { $files } Dateien, und mehr als { $bytes }.
drive-inside = { $files ->
    [0] leer
    [one] eine Datei, { $bytes }
   *[other] { $files } Dateien, { $bytes }
}
drive-inside-part = mehr als { $files } Dateien
drive-here-drop = Zieh Dateien oder Ordner irgendwo auf diese Seite
drive-here-choose = Dateien wählen
drive-here-folder = Ordner wählen
drive-here-send = Hochladen
drive-taken = Wenn eine Datei schon so heißt
drive-taken-both = Beide behalten
drive-taken-replace = Ersetzen; die alte bleibt im Verlauf
drive-new-folder = Neuer Ordner
drive-new-folder-name = Name des neuen Ordners
drive-new-folder-make = Anlegen
drive-empty-top = Hierher kommen deine Dateien
drive-empty-top-about = Leg hinein, was du behalten willst: Die Server deiner Freunde bewahren verschlüsselte Kopien auf, und jede Fassung bleibt.
drive-empty-about = Lade etwas hoch, oder verschieb etwas von seiner eigenen Seite hierher.
drive-order = Reihenfolge
drive-order-name = Name
drive-order-size = Größe
drive-order-date = Datum
drive-order-backwards = { $order }, umgekehrt
drive-look-list = Liste
drive-look-tiles = Kacheln
drive-large = Dieser Ordner enthält zu viele Namen, um sich anders sortieren zu lassen.
drive-download = Herunterladen
drive-download-of = { $name } herunterladen
drive-archive = Alles als ZIP-Archiv herunterladen
drive-about = Über { $name }
drive-about-folder = Über diesen Ordner
drive-more = Mehr zu diesem Ordner
drive-gone-link = Zuletzt entfernt
drive-undo = { $name } ist entfernt. Der Verlauf bleibt.
drive-undo-button = Zurückholen
drive-facts-file = { $bytes }, geändert: { $when }
drive-facts-folder = Ordner, geändert: { $when }
drive-facts-link = Eine Verknüpfung mit { $target }
drive-facts-gone = Entfernt ({ $when }). Unten kannst du es zurückholen.
drive-facts-version = Das ist Fassung { $version } ({ $when }).
drive-facts-newest = Die neueste zeigen
drive-see-empty = In dieser Datei steht nichts.
drive-see-text-part = Das sind die ersten 256 KiB. Den Rest bekommst du beim Herunterladen.
drive-see-text = Text von { $name }
drive-see-picture = Vorschau von { $name }
drive-see-picture-failed = Dieses Bild kann hier nicht gezeigt werden. Lade es herunter, um es anderswo zu öffnen.
drive-see-foreign-picture = Das ist ein HEIC- oder AVIF-Bild, das hier noch nicht gezeigt werden kann. Lade es herunter, um es anderswo zu öffnen.
drive-see-pdf = Das ist ein PDF-Dokument. Lade es herunter, um es zu lesen.
drive-see-other = Für diese Art Datei gibt es keine Vorschau. Lade sie herunter, um sie zu öffnen.
drive-see-not-here = Der Inhalt dieser Datei ist gerade nicht auf diesem Gerät: { $reason }
drive-see-media = Wenn es sich hier nicht abspielen lässt, lade es herunter.
drive-rename = Umbenennen
drive-rename-name = Neuer Name
drive-rename-button = Umbenennen
drive-move = Verschieben
drive-move-nowhere = Es gibt keinen anderen Ordner, in den das verschoben werden kann. { $link }.
drive-move-make = Lege zuerst einen Ordner an
drive-move-to = In welchen Ordner
drive-move-top = Dateien (ganz oben)
drive-move-path = Pfad des Ordners
drive-move-button = Dorthin verschieben
drive-remove = Entfernen
drive-remove-ask = { $name } entfernen?
drive-remove-file = Die Datei verschwindet aus diesem Ordner. Ihr Verlauf bleibt: Unter „Zuletzt entfernt“ holst du sie zurück.
drive-remove-folder = Der Ordner verschwindet mit allem, was darin liegt. Unter „Zuletzt entfernt“ holst du ihn zurück, wie er jetzt ist.
drive-remove-keep = Behalten
drive-remove-button = Entfernen
drive-past = Verlauf
drive-past-version = Fassung { $version }
drive-past-now = Jetzt
drive-past-removed = Entfernt
drive-past-by = { $device }, { $when }
drive-past-this-device = Dieses Gerät
drive-past-device = Ein anderes Gerät ({ $key })
drive-past-look = Ansehen
drive-past-restore = Fassung { $version } zurückholen
drive-past-restore-short = Zurückholen
drive-past-more = Es gibt { $count } ältere Fassungen. { $command } zeigt sie alle.
drive-removed-title = Zuletzt entfernt
drive-removed-from = Entfernt aus { $folder }
drive-removed-none = Aus diesem Ordner wurde nichts entfernt.
drive-removed-when = entfernt: { $when }
drive-removed-more = Älteres steht nicht hier, aber im Verlauf jeder einzelnen Datei.
drive-back = Zurück zum Ordner
drive-not-taken = { $count ->
    [one] Eine Datei wurde nicht angenommen: { $reason }
   *[other] { $count } Dateien wurden nicht angenommen. Die erste: { $reason }
}
drive-some-taken = { $count ->
    [0] Es wurde nichts gespeichert.
    [one] Eine Datei ist jetzt hier.
   *[other] { $count } Dateien sind jetzt hier.
}
drive-nothing-chosen = Wähl zuerst wenigstens eine Datei.
drive-up-title = Hochladen
drive-up-all = { $done } von { $all } Dateien, { $bytes } von { $total }
drive-up-done = Alles ist da.
drive-up-some = Fertig, aber manche Dateien wurden nicht gespeichert.
drive-up-waits = Wartet
drive-up-here = Gespeichert
drive-up-skipped = Übersprungen
drive-up-cancelled = Abgebrochen
drive-up-working = Gleich fertig…
drive-up-taken = Hier heißt schon etwas so.
drive-up-replace = Ersetzen
drive-up-both = Beide behalten
drive-up-skip = Überspringen
drive-up-every = Bei allen so machen
drive-up-cancel = Abbrechen
drive-up-cancel-all = Alles abbrechen
drive-up-again = Noch einmal
drive-up-close = Schließen
drive-up-failed = Die Verbindung brach ab, bevor die Datei ganz da war. Nichts davon wurde gespeichert: Versuch es noch einmal.
drive-up-many = Nur die ersten { $count } Dateien wurden angenommen. Lade den Rest danach hoch, oder leg die Dateien von einem Terminal aus ab.
drive-up-open = Öffnen
drive-up-foreign = Diese Seite gehört nicht zu deiner jetzigen Sitzung: Lade sie neu und wähl die Dateien noch einmal.
done-uploaded = Deine Dateien sind jetzt hier.
done-folder-made = Der Ordner ist da.
done-file-renamed = Umbenannt.
done-file-moved = Verschoben.
done-file-restored = Es ist wieder da.
