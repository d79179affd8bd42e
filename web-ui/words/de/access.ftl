# Die eigenen Daten: wo sie beginnen, wie viel Platz sie nehmen, wer nach ihnen fragte, wie man sie erreicht.

nav-data = Daten

data-title = Meine Daten
data-about = Alles liegt auf deinem eigenen Rechner. Hier siehst du, was es ist, wie sicher es ist und wer danach gefragt hat.
data-files = Ordner und Dateien deiner Ablage, auf allen deinen Geräten.
data-storage = Was wie viel Platz auf der Platte braucht.
data-access-today = { $count ->
    [0] In den letzten 24 Stunden hat sonst niemand nach etwas gefragt.
    [one] In den letzten 24 Stunden haben andere einmal nach etwas gefragt.
   *[other] In den letzten 24 Stunden haben andere { $count }-mal nach etwas gefragt.
}
data-access-off = Ausgeschaltet: Wer wonach fragt, wird nicht festgehalten.
data-reach = { $count ->
    [0] Von denen, denen du folgst, ist gerade niemand verbunden.
    [one] Von denen, denen du folgst, ist gerade jemand verbunden.
   *[other] Von denen, denen du folgst, sind gerade { $count } verbunden.
}
data-devices = { $count ->
    [one] Ein Gerät schreibt für dich.
   *[other] { $count } Geräte schreiben für dich.
}
data-sessions = { $count ->
    [one] Nur dieser Browser ist angemeldet.
   *[other] { $count } Browser sind angemeldet.
}
data-export = Mitnehmen
data-export-about = Alles, was dir gehört, als eine Datei, die keinen Server braucht.
data-restore = Zurückkommen
data-restore-about = Mit deinen 24 Wörtern alles auf einen anderen Rechner zurückholen.
data-settings = Einstellungen
data-settings-about = Sprache, für wen neue Beiträge sind, was wie lange aufbewahrt wird.

storage-title = Speicher
storage-sum = { $used } im Ganzen. Auf dieser Platte sind { $free } frei.
storage-cut = Es ist mehr, als sich in der Zeit ansehen ließ: Manche Zahl ist hier zu klein.
storage-looked = Wird höchstens einmal in der Minute angesehen.
storage-objects = Deine Fotos und Dateien
storage-objects-about = Verschlüsselt, so wie sie auch zu Freunden gehen.
storage-own-logs = Was du geschrieben hast
storage-own-logs-about = Deine Beiträge, Reaktionen und Einstellungen, und wem du folgst.
storage-others-logs = Was andere geschrieben haben
storage-others-logs-about = Von denen, denen du folgst, und aus Räumen, in denen du bist.
storage-index = Zeitleisten und Suche
storage-index-about = Daraus gemacht, und Platz, den die Datenbank noch nicht zurückgegeben hat.
storage-photos = Fotos von anderen
storage-photos-about = Aufbewahrt, damit sie nicht noch einmal geholt werden müssen, bis { $most }.
storage-shards = Sicherungen von Freunden
storage-shards-about = Verschlüsselt; nur sie können sie lesen.
storage-access = Zugriffsprotokoll
storage-access-about = Bis { $most }; das Älteste geht zuerst.
storage-aside = Beiseitegelegt
storage-aside-about = Beschädigte Datenbanken, und was noch entfernt wird.
storage-rest = Alles andere
storage-rest-about = Schlüssel, Anmeldungen, Fotos, die noch in keinem Beitrag stehen.
storage-pledged = Was du Freunden zugesagt hast
storage-pledged-none = Du bewahrst noch niemandes Sicherung auf.
storage-pledged-sum = Die Sicherungen deiner Freunde nehmen { $used } von { $pledged }, die du zugesagt hast.
storage-pledge = { $used } von { $pledged }
storage-pledge-change = Mehr zusagen, oder weniger

reach-title = Wie andere dich erreichen
reach-afar = Andere erreichen dich aus dem Internet.
reach-near-only = Im eigenen Netz wirst du erreicht. Aus dem Internet kam in letzter Zeit niemand.
reach-nobody = In letzter Zeit hat sich niemand mit deinem Server verbunden.
reach-afar-by = Letzte Verbindung aus dem Internet: { $name }, { $when }
reach-afar-unknown = Letzte Verbindung aus dem Internet: jemand, den du nicht kennst, { $when }
reach-near-by = Letzte Verbindung aus dem eigenen Netz: { $name }, { $when }
reach-near-unknown = Letzte Verbindung aus dem eigenen Netz: jemand, den du nicht kennst, { $when }
reach-not-noted = Wer sich verbindet, wird nicht festgehalten: Das Zugriffsprotokoll ist ausgeschaltet.
reach-no-harm = { $count ->
    [0] Das schadet nicht, solange du deine Freunde erreichst: Eine Seite genügt.
    [one] Das schadet nicht, solange du deine Freunde erreichst, wie gerade einen: Eine Seite genügt.
   *[other] Das schadet nicht, solange du deine Freunde erreichst, wie gerade { $count }: Eine Seite genügt.
}
reach-do = Was du tun kannst
reach-do-on = Lass diesen Rechner an: Freunde, die ihn nicht erreichen, weil er schläft, versuchen es später wieder.
reach-do-port = { $count ->
    [one] Leite in deinem Router den Port { $ports } (TCP und UDP) an diesen Rechner weiter.
   *[other] Leite in deinem Router die Ports { $ports } (TCP und UDP) an diesen Rechner weiter.
}
reach-do-friend = Verschick einen neuen Link, sobald es geht: In { $link } steht die Adresse.
reach-do-friend-link = deinem Link
reach-friends = Denen du folgst
reach-friends-none = Du folgst noch niemandem.
reach-way-in = Hat sich über { $how } mit dir verbunden, seit: { $since }
reach-way-in-near = Hat sich im eigenen Netz über { $how } mit dir verbunden, seit: { $since }
reach-way-out = Von dir aus verbunden über { $how }, seit: { $since }
reach-way-out-near = Von dir aus im eigenen Netz verbunden über { $how }, seit: { $since }
reach-seen = Nicht verbunden; zuletzt gehört: { $when }
reach-never = Nicht verbunden, und noch nichts gehört
reach-public = Deine öffentliche Seite
reach-public-none = Die Welt hat keine Adresse für sie: Nur auf diesem Rechner lässt sie sich öffnen. Mit einem Webserver davor sag Hearth seinen Namen:
reach-public-at = Die Welt findet sie unter { $url }.
reach-public-seen = Letzter Besuch unter diesem Namen: { $when }
reach-public-unseen = Unter diesem Namen kam noch niemand. Öffne sie aus einem anderen Netz, um zu sehen, dass es geht.
reach-listens = Wo dein Server lauscht
reach-listens-about = An diesen Adressen wartet er auf andere Server. In deinem Link stehen die, mit denen andere etwas anfangen können.

access-title = Wer wonach gefragt hat
access-off = Das Zugriffsprotokoll ist ausgeschaltet
access-off-how = Nichts wird festgehalten, und nichts von früher ist da. Unten kannst du es einschalten.
access-about = Das liegt nur auf deinem Rechner und geht nirgendwohin, auch nicht in deine Sicherung. Von Adressen der Besucher bleibt nur das Netz.
access-keep = Aufbewahren
access-keep-days = { $count ->
    [0] gar nicht
    [one] einen Tag
   *[other] { $count } Tage
}
access-span = Wie weit zurück
access-day = 24 Stunden
access-week = 7 Tage
access-month = 30 Tage
access-everybody = Alle
access-me = Du
access-friends = Leute, die du kennst
access-visitors = Besucher
access-strangers = Fremde
access-sum = { $others ->
    [0] Sonst hat niemand nach etwas gefragt; du { $mine }-mal.
    [one] Andere haben einmal nach etwas gefragt, du { $mine }-mal.
   *[other] Andere haben { $others }-mal nach etwas gefragt, du { $mine }-mal.
}
access-scale = { $count ->
    [0] nichts
   *[other] bis { $count }
}
access-plot = Anfragen im Lauf der Zeit
access-plot-about = Wie viele Anfragen von dir kamen, von Servern der Leute, die du kennst, von Besuchern deiner Seite und von Servern Fremder. Zeiten sind UTC.
access-bar = { $when }: du { $me }, Leute, die du kennst { $friends }, Besucher { $visitors }, Fremde { $strangers }
access-table = Als Tabelle
access-when = Ab
access-newest = Neueste
access-nobody = In dieser Zeit hat niemand nach etwas gefragt.
access-older = Ältere
access-back = Zurück zu den neuesten
access-more = { $count ->
    [one] … und noch etwas
   *[other] … und { $count } andere Dinge
}
access-who-browser = Du, mit { $browser }
access-who-command = Du, in einem Terminal
access-who-own-node = Ein anderes Gerät von dir
access-who-visitor = Ein Besucher, mit { $browser }
access-who-node = Server von { $name }
access-who-unknown = Ein Server, der nicht sagt, wessen er ist
access-who-visitors = Weitere Besucher
access-who-nodes = Weitere Server
access-refused = Abgewiesen: { $what }
access-page = { $count ->
    [one] Eine Seite geöffnet
   *[other] { $count } Seiten geöffnet
}
access-public-page = { $count ->
    [one] { $page } gelesen
   *[other] { $page } { $count }-mal gelesen
}
access-feed = { $count ->
    [one] Den Feed { $page } geholt
   *[other] Den Feed { $page } { $count }-mal geholt
}
access-verb = { $count ->
    [one] Einen Befehl gegeben
   *[other] { $count } Befehle gegeben
}
access-sign-in = { $count ->
    [one] An der Anmeldung geklopft
   *[other] { $count }-mal an der Anmeldung geklopft
}
access-asset = Stile und Symbole geladen
access-photo = { $count ->
    [one] Ein Foto angesehen
   *[other] { $count }-mal Fotos angesehen
}
access-file = { $count ->
    [one] Einen Ordner oder eine Datei geöffnet
   *[other] { $count }-mal Ordner und Dateien geöffnet
}
access-form = { $count ->
    [one] Etwas geändert
   *[other] { $count }-mal etwas geändert
}
access-nothing = { $count ->
    [one] Nach etwas gefragt, das es nicht gibt oder das nicht öffentlich ist
   *[other] { $count }-mal nach etwas gefragt, das es nicht gibt oder das nicht öffentlich ist
}
access-news = Auf Neues gewartet
access-connected = { $count ->
    [one] Hat sich verbunden
   *[other] Hat sich { $count }-mal verbunden
}
access-compared = Verglichen, was neu ist
access-entries-given = { $count ->
    [0] Nach Einträgen gefragt
    [one] Einen Eintrag geholt, { $size }
   *[other] { $count } Einträge geholt, { $size }
}
access-entries-taken = { $count ->
    [one] Einen Eintrag gebracht, { $size }
   *[other] { $count } Einträge gebracht, { $size }
}
access-pictures = Bilder geholt, { $size }
access-objects = Dateien geholt, { $size }
access-shards-taken = { $count ->
    [one] Ein Stück der eigenen Sicherung gebracht, { $size }
   *[other] { $count } Stücke der eigenen Sicherung gebracht, { $size }
}
access-shards-given = { $count ->
    [one] Ein Stück der eigenen Sicherung geholt, { $size }
   *[other] { $count } Stücke der eigenen Sicherung geholt, { $size }
}
access-guardianship = Über Sicherungen gesprochen
access-letter = { $count ->
    [one] Einen Brief gebracht
   *[other] { $count } Briefe gebracht
}
time-hour = { $day }. { $month }, { $clock } UTC
