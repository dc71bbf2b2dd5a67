import type { Sentences } from './sentences';

/** Why something did not work, in German. */
export const reasons: Sentences = {
  queue_unreachable: 'Die Warteschlange ist gerade nicht zu erreichen. Versuche es in ein paar Sekunden noch einmal.',
  queue_full:
    'Der Server hat noch {waiting} {waiting:Klang|Klänge} oder mehr zu verarbeiten und nimmt gerade keine weiteren an. Was hochgeladen ist, ist sicher: Schicke den Rest später noch einmal.',
  remote_not_yet: 'Der Server hat noch kein Modell. Versuche es in einer Minute noch einmal.',
  remote_other_version:
    'Der Server hat Version {here}, der Rechner, der mithilft, {there}: Was er herausfindet, würde nicht passen. Bring beide auf dieselbe Version.',
  remote_other_model:
    'Der Server arbeitet mit dem Modell „{model}“ ({here}), der Rechner, der mithilft, mit {there}: Ihre Vektoren lassen sich nicht vergleichen. Installiere dort dasselbe.',
  remote_not_held:
    'Dieser Rechner hat den Auftrag nicht mehr: Er hat sich zu lange nicht gemeldet, oder niemand will ihn mehr.',
  file_over_limit:
    'Die Datei ist größer als die erlaubten {limitMB} MB. Mit MAX_UPLOAD_MB lässt sich die Grenze erhöhen.',
  clip_over_limit:
    'Ein Klang, mit dem gesucht wird, darf höchstens {limitMB} MB haben. Schicke einen kürzeren Ausschnitt.',
  disk_full_for_upload: 'Die Platte des Servers ist voll. Schaffe Platz und lade die Datei noch einmal hoch.',
  file_over_file_system: 'Die Datei ist größer, als das Dateisystem des Servers erlaubt.',
  data_directory_read_only: 'Der Server darf nicht in sein Datenverzeichnis schreiben. Prüfe die Zugriffsrechte.',
  files_thread_ended: 'Das Lesen der Dateien endete unerwartet. Versuche es noch einmal.',
  storage_away:
    'Der Speicher der Tondateien ist gerade nicht zu erreichen. Versuche es in ein paar Sekunden noch einmal.',
  storage_refused:
    'Der Speicher der Tondateien verweigert den Zugriff. Prüfe AWS_ACCESS_KEY_ID und AWS_SECRET_ACCESS_KEY und was dieser Schlüssel darf.',
  storage_bucket_missing: 'Der Bucket der Tondateien ist nicht mehr da. Prüfe STORAGE_URL.',
  file_empty: 'Die Datei ist leer.',
  file_empty_copy: 'Die Datei ist leer. Vielleicht wurde sie nicht vollständig kopiert.',
  file_without_track: 'Die Datei hat keine Tonspur.',
  file_without_audio: 'Die Datei enthält keinen Ton.',
  file_silent: 'In der Datei ist es durchgehend still: Da ist nichts, woran man sie finden könnte.',
  file_senseless:
    'Was in der Datei steht, ist kein Ton: Ihre Werte sind keine Zahlen oder liegen weit über der Vollaussteuerung. Exportiere sie noch einmal aus dem Programm, mit dem sie gemacht wurde.',
  file_header_unusual:
    'Der Kopf der Datei ist beschädigt oder ungewöhnlich: Lesbar sind Abtastraten von {minKHz} bis {maxKHz} kHz und bis zu {maxChannels} Kanäle.',
  file_not_decodable: 'Die Datei ist beschädigt: Ihr Ton lässt sich nicht dekodieren.',
  file_reading_failed: 'Die Datei ist beschädigt: Sie lässt sich nicht lesen.',
  file_reading_slow: 'Das Lesen der Datei hat zu lange gedauert. Vielleicht ist sie beschädigt.',
  file_decoding_slow:
    'Das Dekodieren kam nicht voran oder dauerte viel zu lange und wurde abgebrochen. Vielleicht ist die Datei beschädigt.',
  file_mostly_damaged:
    'Die Datei ist beschädigt: Nur {percent} % ihres Klangs sind lesbar. Lade eine unversehrte Kopie hoch.',
  file_cut_off_headless:
    'Die Datei ist abgeschnitten: Sie ist nicht vollständig, und ohne ihr Verzeichnis, das fehlt, ist nichts darin lesbar. Lade die vollständige Datei hoch.',
  file_cut_off: 'Die Datei ist abgeschnitten: Ihr Ende fehlt. Lade die vollständige Datei hoch.',
  file_cut_off_after: 'Die Datei ist abgeschnitten: Nach {afterS} bricht sie ab. Lade die vollständige Datei hoch.',
  file_cut_off_share:
    'Die Datei ist abgeschnitten: Nur {percent} % des Klangs, den ihr Kopf ankündigt, sind da. Lade die vollständige Datei hoch.',
  sound_too_long: 'Der Klang ist {lengthS} lang, erlaubt sind {limitS}. Teile ihn, oder erhöhe MAX_DURATION_H.',
  sound_over_limit: 'Der Klang ist länger als die erlaubten {limitS}. Teile ihn, oder erhöhe MAX_DURATION_H.',
  not_audio: 'Das ist keine lesbare Tondatei.',
  not_audio_picture: 'Das ist ein Bild ({kind}), kein Klang.',
  not_audio_archive: 'Das ist ein Archiv. Packe es aus und lade die Klänge darin hoch.',
  not_audio_midi: 'Das ist eine MIDI-Datei: Noten, kein aufgenommener Klang. Wandle sie erst in WAV oder FLAC um.',
  not_audio_pdf: 'Das ist ein PDF-Dokument, kein Klang.',
  not_audio_playlist: 'Das ist eine Abspielliste. Lade stattdessen die Klänge hoch, die darin stehen.',
  not_audio_markup: 'Das ist eine Webseite oder XML-Text, kein Klang.',
  not_audio_text: 'Das ist eine Textdatei, kein Klang.',
  supported_formats: 'Unterstützt werden {formats}.',
  upload_broke_off: 'Die Übertragung brach ab, bevor die Datei vollständig war.',
  upload_not_stored: 'Die Datei konnte wegen eines Fehlers im Server nicht abgelegt werden.',
  sound_in_bin:
    'Dieser Klang wurde gelöscht und liegt im Papierkorb. Hole ihn dort zurück, um ihn wieder in der Bibliothek zu haben.',
  disk_full:
    'Die Platte des Servers ist voll, deshalb ließ sich das nicht speichern. Leere den Papierkorb oder schaffe anderswo Platz und versuche es noch einmal.',
  disk_full_for_bin:
    'Die Platte des Servers ist voll, deshalb nimmt der Papierkorb nichts mehr auf. Leere ihn oder lösche endgültig und versuche es noch einmal.',
  timeline_ended: 'Der Server fährt gerade herunter. Frage noch einmal, sobald er läuft.',
  too_many_markers: 'Ein Klang kann höchstens {limit} Marker haben. Lösche welche, die nicht mehr gebraucht werden.',
  marker_from_file: 'Dieser Marker ist ein Kapitel der Datei selbst und lässt sich hier nicht ändern.',
  no_markers_in_file:
    'In dieser Datei sind keine Marker. Exportiere Textmarken aus Audacity oder eine Tabelle mit den Spalten Beginn, Ende und Text.',
  marker_line_odd:
    'Zeile {line} dieser Datei hat keine lesbare Zeit wie 83,5 oder 1:23,5. Erwartet werden Textmarken von Audacity, WebVTT oder eine Tabelle mit den Spalten Beginn, Ende und Text.',
  marker_line_long:
    'In Zeile {line} dieser Datei steht ein Text von mehr als {limit} Zeichen, mehr als ein Marker fasst. Kürze ihn und übernimm die Datei dann noch einmal.',
  marker_line_backwards:
    'Zeile {line} dieser Datei endet bei {endAt}, bevor sie bei {startAt} beginnt. Korrigiere ihre Zeiten.',
  marker_line_behind:
    'Zeile {line} dieser Datei beginnt bei {startAt}, dieser Klang endet aber bei {endAt}. Korrigiere ihre Zeit, oder öffne den Klang, zu dem die Datei gehört.',
  no_marked_stretches: 'In diesem Klang ist kein Abschnitt markiert, es gibt also nichts auszuschneiden.',
  marked_stretches_long:
    'Die markierten Abschnitte sind zusammen {lengthS} lang, mehr als die {limitS}, die eine Datei fasst. Speichere sie einzeln.',
  marker_backwards: 'Ein markierter Abschnitt muss enden, nachdem er beginnt.',
  stored_file_missing: 'Die Datei dieses Klangs fehlt auf der Platte. Lade sie noch einmal hoch.',
  stored_file_missing_mend:
    'Die Datei dieses Klangs fehlt im Datenverzeichnis. Lade sie noch einmal hoch, um das zu beheben.',
  decoding_stopped: 'Das System hat das Dekodieren abgebrochen; vielleicht ist der Arbeitsspeicher knapp.',
  decoders_busy:
    'Der Server dekodiert gerade so viele Klänge, wie er kann. Versuche es in ein paar Sekunden noch einmal.',
  program_not_started:
    'Der Server konnte {program} nicht starten: Speicher oder Prozesse sind erschöpft. Versuche es später noch einmal.',
  program_missing:
    '{program} ist auf dem Server nicht installiert. Installiere es (Debian: apt-get install ffmpeg, macOS: brew install ffmpeg) und versuche es noch einmal.',
  processing_interrupted: 'Unterbrochen; es geht gleich weiter.',
  processing_failed:
    'Die Verarbeitung ist aus unerwartetem Grund fehlgeschlagen. Versuche es noch einmal; mehr steht im Protokoll des Servers.',
  processing_crashed: 'Die Verarbeitung ist bei dieser Datei mehrmals abgestürzt und wurde aufgegeben.',
  embedding_crashed: 'Beim Anhören dieses Klangs ist das Modell mehrmals abgestürzt; er wurde aufgegeben.',
  embedding_failed:
    'Das neue Modell konnte diesen Klang nicht anhören. Verarbeite ihn noch einmal; mehr steht im Protokoll des Servers.',
  job_cancelled: 'Abgebrochen.',
  job_replaced: 'Von einer neueren Verarbeitung dieses Klangs abgelöst.',
  folder_import_off:
    'Der Import aus Ordnern ist abgeschaltet. Setze IMPORT_DIRS auf die Ordner, die gelesen werden dürfen, und starte neu.',
  folder_path_relative: 'Gib den vollständigen Pfad des Ordners an, vom Wurzelverzeichnis des Servers aus.',
  folder_not_allowed: 'Dieser Ordner liegt nicht unter einem, den IMPORT_DIRS erlaubt.',
  folder_missing: 'Unter diesem Pfad gibt es auf dem Server keinen Ordner.',
  folder_is_file: 'Dieser Pfad führt zu einer Datei. Gib den Ordner an, in dem sie liegt.',
  folder_not_readable: 'Der Server darf diesen Ordner nicht lesen. Prüfe die Zugriffsrechte.',
  folder_gone: 'Der Ordner ist nicht lesbar. Vielleicht wurde er verschoben, oder seine Platte ist nicht eingehängt.',
  folder_known: 'Dieser Ordner steht schon in der Liste. Durchsuche ihn stattdessen neu.',
  folder_scan_failed:
    'Der Durchgang ist an einem Fehler des Servers gescheitert. Einzelheiten stehen in seinem Protokoll.',
  file_name_odd: 'Der Name dieser Datei ist kein gültiger Text. Benenne sie um.',
  link_leads_out_of_folder:
    'Diese Verknüpfung führt aus dem Ordner hinaus. Importiere auch den Ordner, zu dem sie führt.',
  place_unplugged:
    'Diese Datei bleibt in einem Ordner, der gerade nicht erreichbar ist: Seine Platte ist nicht angeschlossen, oder er wurde verschoben. Schließe sie wieder an; nichts geht verloren.',
  place_gone:
    'Diese Datei bleibt in ihrem Ordner, und dort fehlt sie: Sie wurde gelöscht oder hinausbewegt. Lege sie zurück, um den Klang wieder zu haben.',
  place_changed:
    'Diese Datei bleibt in ihrem Ordner und wurde dort verändert. Sie wird neu gelesen, wenn ihr Ordner durchgesehen wird.',
  place_unreadable:
    'Diese Datei bleibt in ihrem Ordner, und dort darf der Server sie nicht lesen. Prüfe die Zugriffsrechte.',
  place_deleted:
    'Ihr Klang wurde aus der Bibliothek gelöscht, deshalb bleibt die Datei, wo sie ist. Um ihn wieder zu haben, lade sie hoch, oder entferne den Ordner hier und importiere ihn neu.',
  folder_unplugged:
    'Der Ordner ist leer oder nicht erreichbar: Seine Platte ist nicht angeschlossen oder nicht eingehängt. Nichts geht verloren; schließe sie wieder an.',
  link_leads_out: 'Diese Verknüpfung führt aus den Ordnern hinaus, die IMPORT_DIRS erlaubt.',
  file_not_readable: 'Der Server darf diese Datei nicht lesen. Prüfe die Zugriffsrechte.',
  model_id_odd:
    '„{model}“ ist keine Kennung eines Modells. Setze MODEL auf den Namen eines Ordners in models/, etwa compact-clap.',
  model_file_missing:
    'Dem Modell „{model}“ fehlt die Datei {file}. Lege sie in models/{model}/ oder wähle mit MODEL ein anderes Modell.',
  model_file_size:
    'Die Datei {file} des Modells „{model}“ hat {bytes} statt {expected} {expected:Byte|Bytes}: Sie ist unvollständig oder eine andere Version. Hole sie noch einmal.',
  model_file_unreadable: 'Die Modelldatei {file} ist nicht lesbar. Prüfe die Zugriffsrechte.',
  model_files_replaced:
    'Die Dateien des Modells „{model}“ wurden im laufenden Betrieb durch eine andere Version ersetzt. Starte den Server neu.',
  model_gave_nothing: 'Das Modell „{model}“ gab für {part} s dieses Klangs kein brauchbares Ergebnis.',
  model_background_odd:
    'Die Hintergrunddatei des Modells „{model}“ besteht nicht aus Zeilen von {dimension} Zahlen. Installiere es neu.',
  model_not_opened:
    'Das Modell „{model}“ lässt sich nicht öffnen: Seine Dateien sind beschädigt oder für eine andere Laufzeit gemacht. Installiere es neu.',
  model_not_run:
    'Das Modell „{model}“ lief nicht: Seine Dateien passen nicht zu seiner Beschreibung. Installiere es neu.',
  model_runtime_missing:
    'ONNX Runtime, womit das Modell läuft, startet auf diesem Rechner nicht. Installiere die npm-Pakete neu („npm ci“).',
  model_thread_ended: 'Ein Thread des Modells ist unerwartet beendet worden. Beim nächsten Versuch startet ein neuer.',
  model_description_incomplete: 'Die Beschreibung des Modells „{model}“ ist nicht vollständig.',
  model_installing_elsewhere:
    'Ein anderer Prozess installiert oder entfernt das Modell „{model}“ gerade. Warte, bis er fertig ist, oder halte ihn an.',
  models_folder_full:
    'Die Platte ist voll. Nichts wurde installiert; was schon da ist, bleibt. Schaffe Platz und installiere noch einmal.',
  models_folder_read_only:
    'In den Ordner der Modelle darf nicht geschrieben werden. Prüfe die Zugriffsrechte; wo er nur lesbar eingehängt ist, wie in Containern, installiere auf dem Host.',
  model_folder_lacks:
    'Im Ordner fehlt {file}. Er muss die Dateien des Modells enthalten, flach oder mit einem Ordner onnx wie veröffentlicht.',
  model_folder_file_unreadable: '{file} ist nicht lesbar. Prüfe die Zugriffsrechte.',
  download_refused_connection:
    '{file} konnte nicht von {source} geladen werden: Dort antwortet nichts (Verbindung abgelehnt). Prüfe HF_ENDPOINT und das Netz.',
  download_unknown_host:
    '{file} konnte nicht von {source} geladen werden: Den Namen gibt es nicht. Prüfe HF_ENDPOINT und das Netz.',
  download_no_lookup:
    '{file} konnte nicht von {source} geladen werden: Der Name lässt sich gerade nicht nachschlagen. Prüfe das Netz.',
  download_no_answer: '{file} konnte nicht von {source} geladen werden: Es kommt keine Antwort. Prüfe das Netz.',
  download_untrusted: '{file} konnte nicht von {source} geladen werden: Dem Zertifikat wird nicht vertraut.',
  download_expired: '{file} konnte nicht von {source} geladen werden: Das Zertifikat ist abgelaufen.',
  download_broke_off: '{file} konnte nicht von {source} geladen werden: Die Verbindung ist abgebrochen.',
  download_given_up:
    'Mehrere Versuche waren vergeblich. Was schon da ist, bleibt: Installiere noch einmal, dann geht es dort weiter.',
  download_senseless: '{source} gab für {file} eine Antwort, die keinen Sinn ergibt.',
  download_not_encrypted: '{source} verwies auf eine unverschlüsselte Adresse. Von dort wurde nichts geladen.',
  download_in_circles: '{source} schickte den Download im Kreis herum.',
  download_not_public:
    '{source} gibt {file} nicht jedem ({status}). Lade die Dateien im Browser herunter und installiere sie mit --from, oder nimm einen anderen HF_ENDPOINT.',
  download_not_there:
    '{source} hat {file} nicht ({status}). Nennt HF_ENDPOINT einen Spiegel, so fehlt ihm dieses Modell: Nimm einen anderen, oder installiere mit --from.',
  download_source_busy: '{source} ist gerade überlastet oder gestört ({status}).',
  download_refused: '{source} verweigert {file} ({status}).',
  download_web_page:
    '{source} schickte statt {file} eine Webseite: vielleicht die Anmeldung deines Netzes, oder die Adresse ist kein Hub. Prüfe HF_ENDPOINT, oder installiere mit --from.',
  download_stalled: 'Von {source} kam eine Weile nichts mehr von {file}.',
  download_other_content:
    '{file} hat nicht den Inhalt, den sie haben soll (ihre SHA-256 stimmt nicht): Sie wurde unterwegs verändert, oder {source} hat eine andere Version. Nichts wurde installiert. Versuche es noch einmal oder nimm eine andere Quelle.',
  download_interrupted: 'Die Verbindung brach mitten in {file} ab.',
  download_wrong_part: '{source} schickte einen anderen Teil von {file}.',
  download_other_version:
    '{source} hat eine andere Version von {file} ({bytes} {bytes:Byte|Bytes} statt {expected}). Nichts wurde installiert. Nimm eine andere Quelle, oder aktualisiere Traum-Engine.',
  install_failed: 'Die Installation ist aus unerwartetem Grund gescheitert; mehr steht im Protokoll des Servers.',
  install_no_space:
    'Das Modell braucht {neededBytes} auf der Platte, frei sind nur {freeBytes}. Schaffe Platz und versuche es noch einmal.',
  model_bundled: 'Das Modell „{model}“ gehört zu Traum-Engine und muss nicht installiert werden.',
  model_own: 'Das Modell „{model}“ ist ein eigenes: Lege seine Dateien von Hand in seinen Ordner.',
  model_not_known: 'Das Modell „{model}“ lässt sich von hier nicht installieren: Es gehört nicht zu den bekannten.',
  model_installed: 'Das Modell „{model}“ ist schon installiert.',
  model_not_installing: 'Das Modell „{model}“ wird gerade nicht installiert.',
  model_not_installed:
    'Das Modell „{model}“ ist noch nicht installiert. Installiere es zuerst: npm run model -- install {model}',
  model_bundled_stays: 'Das Modell „{model}“ gehört zu Traum-Engine und lässt sich nicht entfernen.',
  model_in_use: 'Das Modell „{model}“ ist in Gebrauch. Nimm erst ein anderes, dann kannst du es entfernen.',
  model_being_switched_to: 'Die Bibliothek wird gerade auf das Modell „{model}“ umgestellt. Brich das erst ab.',
  model_being_installed: 'Das Modell „{model}“ wird gerade installiert. Brich das erst ab.',
  switch_not_running: 'Es gibt keinen Modellwechsel, der sich anhalten ließe.',
  switch_not_paused: 'Es gibt keinen Modellwechsel, der weitergehen könnte.',
  switch_not_there: 'Es gibt keinen Modellwechsel, der sich abbrechen ließe.',
  nothing_to_search: 'Hier fehlt, wonach gesucht werden soll. Beschreibe einen Klang, oder nimm einen als Beispiel.',
  search_text_too_long: 'Der Text ist länger als {limit} Zeichen. Beschreibe den Klang in ein, zwei Sätzen.',
  words_not_known: 'Das Modell kennt diese Wörter nicht. Sag es anders, oder in einer Sprache, die es versteht.',
  example_not_processed: '„{name}“ ist noch nicht verarbeitet. Versuche es noch einmal, wenn er fertig ist.',
  example_part_missing: 'Zwischen diesen Sekunden hat „{name}“ nichts.',
  clip_silent: 'In „{name}“ ist nichts zu hören.',
  index_other_model: 'Dieser Vektor stammt von einem anderen Modell. Suche noch einmal.',
  index_not_open: 'Der Suchindex ist nicht geöffnet.',
  index_rebuilding:
    'Der Suchindex wird neu gebaut ({percent} % fertig). Suchen geht inzwischen über Namen und Schlagwörter; versuche es gleich noch einmal.',
  vectors_away:
    'Die Vektordatenbank antwortet nicht. Suchen geht inzwischen über Namen und Schlagwörter; sieh nach, ob Weaviate läuft und ob VECTOR_URL dorthin führt.',
  index_failed: 'Der Suchindex konnte das nicht. Mehr steht im Protokoll.',
  index_restarting: 'Der Suchindex startet neu. Versuche es gleich noch einmal.',
  index_state_loading: 'Der Index wird geladen ({percent} %). Suchen geht inzwischen über Namen und Schlagwörter.',
  index_state_rebuilding:
    'Der Index wird neu gebaut ({percent} %). Suchen geht inzwischen über Namen und Schlagwörter.',
  id_unknown: 'Das gibt es nicht (mehr).',
  id_not_in_bin: 'Diesen Klang gibt es im Papierkorb nicht (mehr).',
  collection_not_in_bin: 'Diese Sammlung gibt es im Papierkorb nicht (mehr).',
  sound_changed:
    'Dieser Klang wurde inzwischen geändert, deshalb wurde nichts gespeichert. Lade ihn neu und versuche es noch einmal.',
  sound_changed_fields:
    'An diesem Klang hat inzwischen jemand anders das geändert: {fields}. Gespeichert wurde nichts. Lade ihn neu und versuche es noch einmal.',
  job_over: 'Dieser Auftrag ist schon vorbei, es gibt nichts abzubrechen. Du kannst den Klang löschen.',
  begins_behind_end: 'Dieser Klang endet bei {endAt}: Bei {startAt} beginnt nichts mehr.',
  stretch_too_short:
    'Zwischen diesen Sekunden liegt nicht einmal ein Abtastwert ({rateHz} Hz). Wähle einen längeren Ausschnitt.',
  sound_not_decoded: 'Dieser Klang ließ sich nicht dekodieren; es gibt ihn nur so, wie er hochgeladen wurde.',
  waveform_failed: 'Dieser Klang konnte nicht verarbeitet werden, darum hat er keine Wellenform.',
  waveform_not_yet: 'Dieser Klang wird noch verarbeitet. Danach ist die Wellenform da.',
  spectrogram_failed: 'Dieser Klang konnte nicht verarbeitet werden, darum hat er kein Spektrogramm.',
  spectrogram_not_yet: 'Dieser Klang wird noch verarbeitet. Danach gibt es ein Spektrogramm.',
  spectrogram_too_long: 'Spektrogramme gibt es von Klängen bis zu {hours} Stunden.',
  collection_name_taken:
    'Eine Sammlung namens „{name}“ gibt es schon. Wähle einen anderen Namen, oder füge sie dort hinzu.',
  page_marker_odd: 'Diese Seitenmarke gehört nicht zu dieser Liste. Beginne bei der ersten Seite.',
  date_odd: '„{text}“ ist kein Datum. Schreibe es wie 2026-01-31 oder 2026-01-31T12:00:00Z.',
  number_out_of_range: '„{field}“ muss eine ganze Zahl sein ({range}).',
  tag_group_unknown: 'Eine Gruppe „{group}“ gibt es nicht.',
  word_not_built_in: '„{word}“ gehört nicht zu den mitgelieferten Wörtern.',
  words_too_many: 'Es können höchstens {most} eigene Wörter sein.',
  word_empty: 'Ein Wort darf nicht leer sein.',
  word_twice: '„{word}“ steht zweimal da.',
  usage_before_future: '„before“ darf nicht in der Zukunft liegen. Lass es weg, um alles zu vergessen.',
  right_lacking: 'Das darfst du hier nicht. Bitte die Person, die diese Installation betreibt, um das Recht dazu.',
  maintenance_busy: 'Gerade läuft eine andere Wartung. Warte, bis sie fertig ist, oder brich sie ab.',
  maintenance_over: 'Diese Aufgabe ist schon vorbei, es gibt nichts abzubrechen.',
  rebuild_not_stoppable: 'Der Neubau des Index lässt sich nicht abbrechen. Bis er fertig ist, sucht der alte weiter.',
  backup_missing: 'Es gibt keine Sicherung zum Herunterladen. Lege erst eine an.',
  backup_no_space:
    'Auf der Platte ist kein Platz für eine Kopie der Datenbank. Schaffe Platz und versuche es noch einmal.',
  backup_not_set_up:
    'Für Sicherungen ist kein Ort eingestellt. Setze BACKUP_DIR auf einen Ordner einer anderen Platte und starte neu.',
  backup_running: 'Eine Sicherung läuft schon.',
  backup_unknown: 'Hier gibt es keine Sicherung „{backup}“, oder sie ist beschädigt.',
  backup_place_full:
    'Die Platte mit den Sicherungen ist voll. Frühere Sicherungen sind unversehrt. Schaffe dort Platz, oder behalte mit BACKUP_KEEP weniger.',
  backup_place_read_only: 'In den Ordner für Sicherungen darf nicht geschrieben werden. Prüfe seine Rechte.',
  backup_place_unreadable:
    'Der Ordner für Sicherungen lässt sich nicht lesen. Prüfe seine Platte, und ob sie eingehängt ist.',
  backup_place_no_folder:
    'Dort, wo die Sicherungen liegen sollen, ist kein Ordner, und es lässt sich keiner anlegen. Gib einen Ordner auf einer gewöhnlichen Platte an.',
  backup_place_busy: 'Ein anderes Programm schreibt gerade in den Ordner für Sicherungen. Warte, bis es fertig ist.',
  backup_place_changed:
    'Im Ordner für Sicherungen liegen die bisherigen nicht: Vielleicht ist seine Platte nicht eingehängt. Soll es ein anderer Ort sein, dann lege die erste Sicherung dort von Hand an.',
  backup_place_taken: 'Im Ordner für Sicherungen liegen andere Dateien. Wähle einen leeren.',
  backup_place_newer: 'Diese Sicherungen stammen von einer neueren Version von Traum-Engine. Aktualisiere diese hier.',
  backup_place_not_encrypted:
    'Die Sicherungen in diesem Ordner sind nicht verschlüsselt, es ist aber ein Schlüssel angegeben. Wähle einen anderen Ordner, oder nimm den Schlüssel weg.',
  backup_key_needed:
    'Diese Sicherungen sind verschlüsselt. Gib ihren Schlüssel mit BACKUP_KEY_FILE oder BACKUP_KEY an.',
  backup_key_wrong: 'Das ist nicht der Schlüssel, mit dem diese Sicherungen verschlüsselt wurden.',
  backup_file_damaged: 'Eine Datei dieser Sicherung ist beschädigt oder fehlt. Nimm eine andere Sicherung.',
  backup_incomplete:
    'Diese Sicherung passt nicht zusammen: {what}. Nichts wurde verändert. Nimm eine andere Sicherung.',
  backup_of_newer:
    'Diese Sicherung stammt von einer neueren Version von Traum-Engine ({version}). Aktualisiere zuerst diese hier. Nichts wurde verändert.',
  restore_while_running:
    'Traum-Engine benutzt dieses Datenverzeichnis gerade. Halte es erst an (ein hart beendetes gilt noch 15 Sekunden lang als laufend).',
  restore_no_space: 'Die Sicherung braucht {neededBytes}, frei sind nur {freeBytes}. Nichts wurde verändert.',
  restore_unfinished:
    'Eine Wiederherstellung wurde mittendrin unterbrochen. Schließe sie erst ab: npm run restore. Bis dahin sind beide Bibliotheken unversehrt.',
  compact_while_processing:
    'Gerade werden Klänge verarbeitet, und diese Datenbank muss als Ganzes neu geschrieben werden. Verkleinere sie, wenn die Warteschlange leer ist.',
  bin_being_emptied: 'Der Papierkorb wird schon geleert.',
  switch_over: 'Dieser Modellwechsel ist vorbei. Wähle das Modell noch einmal, um neu anzufangen.',
  work_over: 'Dieser Auftrag ist schon vorbei, es gibt nichts abzubrechen.',
  work_not_over: 'Dieser Auftrag läuft noch. Brich ihn erst ab, um neu anzufangen.',
  work_interrupted: 'Das Programm wurde währenddessen beendet. Starte es noch einmal.',
  work_failed: 'Der Auftrag ist gescheitert. Der Grund steht im Protokoll des Servers.',
  maintenance_failed: 'Die Aufgabe ist fehlgeschlagen. Der Grund steht im Protokoll des Servers.',
  database_could_not: 'Die Datenbank konnte das nicht. Der Grund steht im Protokoll des Servers.',
  disk_full_for_upkeep: 'Die Platte des Servers ist voll. Schaffe Platz und versuche es noch einmal.',
  database_in_use: 'Die Datenbank ist ohne Pause in Gebrauch. Versuche es, wenn weniger los ist.',
  database_busy:
    'Ein anderes Programm schreibt ohne Pause in die Bibliothek, darum wurde nichts geändert. Versuche es in ein paar Sekunden noch einmal.',
  database_away:
    'Die Datenbank antwortet gerade nicht, darum wurde nichts geändert. Versuche es in ein paar Sekunden noch einmal.',
  backup_by_storage:
    'Die Tondateien liegen in einem Bucket. Sichere ihn mit seinen eigenen Mitteln (Versionen, Replikation) und die Datenbank auf der Seite Speicher.',
  backup_by_postgres: 'Diese Bibliothek liegt in PostgreSQL: Sichere sie mit pg_dump (docs/scaling.md, „Backup“).',
  disk_nearly_full: 'Auf der Platte sind weniger als 100 MB frei.',
  no_answer_in_time: 'Es kam nicht rechtzeitig eine Antwort.',
  check_failed: 'Die Prüfung ist fehlgeschlagen. Der Grund steht im Protokoll des Servers.',
  fault_in_server:
    'Im Server ist etwas schiefgegangen. Einzelheiten stehen in seinem Protokoll unter dieser Anfragenummer.',
  too_many_followers:
    'Diesem Server hören schon so viele Programme zu, wie er zulässt. Frage stattdessen nach dem Stand der Aufträge.',
  too_many_streams: 'Von dieser Adresse sind zu viele Ereignisströme offen. Schließe einige davon.',
  guests_too_many: 'Gerade hören zu viele über diesen Link zu. Versuch es in {waitS} noch einmal.',
  link_gone: 'Unter diesem Link gibt es nichts (mehr). Bitte die Person, die ihn geschickt hat, um einen neuen.',
  link_no_download: 'Dieser Link ist nur zum Hören.',
  link_password_needed: 'Dieser Link hat ein Passwort. Wer ihn geschickt hat, kennt es.',
  link_password_wrong: 'Das ist nicht das Passwort des Links.',
  links_too_many: 'Du hast schon {most} Links. Widerrufe zuerst einige davon.',
  saved_searches_too_many: 'Du hast schon {most} gespeicherte Suchen. Lösche zuerst eine, die du nicht mehr brauchst.',
  asked_too_often: 'Das sind mehr als {most} {most:Anfrage|Anfragen} in einer Minute. Weiter geht es in {waitS}.',
  body_too_large: 'Der Inhalt dieser Anfrage ist zu groß. Hier darf er {limitKB} KB haben.',
  host_not_allowed:
    'Unter dem Namen „{host}“ antwortet dieser Server nicht. Soll er es, so füge den Namen zu ALLOWED_HOSTS hinzu.',
  password_needed: 'Gib den Benutzernamen und das Passwort an, die mit AUTH gesetzt sind.',
  sign_in_needed: 'Melde dich zuerst an.',
  session_over: 'Deine Sitzung ist vorbei. Melde dich neu an.',
  key_not_valid: 'Diesen Schlüssel gibt es hier nicht, oder er ist abgelaufen oder widerrufen.',
  sign_in_wrong: 'Der Name oder das Passwort ist falsch.',
  sign_in_too_often: 'Zu viele falsche Passwörter. Versuche es in {waitS} noch einmal.',
  sign_ins_too_many: 'Gerade melden sich zu viele Leute an. Versuche es in ein paar Sekunden noch einmal.',
  account_off: 'Dieses Konto ist abgeschaltet. Frag die Person, die diese Installation betreibt.',
  not_invited: 'Du darfst hier nicht herein. Frag die Person, die diese Installation betreibt.',
  setup_first: 'Das erste Konto ist noch nicht angelegt. Im Protokoll des Servers steht der Link dafür.',
  oidc_off: 'Hier meldet sich niemand über OpenID Connect an: OIDC_ISSUER ist nicht gesetzt.',
  oidc_not_begun: 'Diese Anmeldung wurde woanders begonnen oder hat zu lange gedauert. Beginne sie noch einmal.',
  oidc_refused: 'Der Anbieter hat nicht bestätigt, wer du bist. Beginne die Anmeldung noch einmal.',
  oidc_away: 'Der Anbieter, über den man sich anmeldet, antwortet nicht. Versuch es gleich noch einmal.',
  proxy_name_odd: 'Der Proxy hat keinen brauchbaren Namen geschickt. Frag die Person, die diese Installation betreibt.',
  traces_off: 'Hier will niemand Ablaufspuren: OTEL_EXPORTER_OTLP_ENDPOINT ist nicht gesetzt.',
  accounts_off:
    'Hier gibt es keine Konten: Laut AUTH kommen alle auf dieselbe Weise herein. Setze AUTH=required und starte neu.',
  setup_token_wrong: 'Das ist nicht der Einrichtungsschlüssel dieser Installation. Er steht im Protokoll des Servers.',
  setup_done: 'Das erste Konto gibt es schon. Melde dich an.',
  user_name_taken: 'Ein Konto namens „{name}“ gibt es schon. Wähle einen anderen Namen.',
  user_name_odd:
    'In diesem Namen stehen Buchstaben mehrerer Alphabete in einem Wort oder Zeichen, die niemand sieht. Schreib ihn mit den Buchstaben eines Alphabets.',
  user_last_admin: 'Das ist das einzige Konto mit Verwaltungsrechten. Gib sie erst jemand anderem.',
  user_first_stays:
    'Das ist das erste Konto: Was der Server selbst hinzufügt, gehört ihm. Es lässt sich abschalten, aber nicht löschen.',
  user_is_you: 'Das ist dein eigenes Konto. Jemand anderes mit Verwaltungsrechten kann das tun.',
  password_now_wrong: 'Das bisherige Passwort ist falsch.',
  password_too_easy: 'Dieses Passwort ist zu leicht zu erraten. Wähle ein längeres, zum Beispiel aus mehreren Wörtern.',
  key_scope_beyond: 'Das darfst du selbst nicht ({scope}), also darf es auch kein Schlüssel von dir.',
  sound_of_another: '„{name}“ wurde nur zum Anhören mit dir geteilt. Ändern kann es nur, wem es gehört.',
  erasing_of_another: 'Endgültig löschen kann einen Klang nur, wem er gehört, oder jemand mit Verwaltungsrechten.',
  erasing_collection_of_another:
    'Endgültig löschen kann eine Sammlung nur, wem sie gehört, oder jemand mit Verwaltungsrechten.',
  collection_of_another:
    'Die Sammlung „{name}“ wurde nur zum Ansehen mit dir geteilt. Ändern kann sie nur, wem sie gehört.',
  access_of_another: 'Wer etwas sieht, entscheidet, wem es gehört – und das hier gehört jemand anderem.',
  person_unknown: 'Jemand, mit dem du teilen willst, hat hier kein Konto. Wähle aus der Liste.',
  quota_left:
    'Dir bleiben hier noch {leftMB} MB, und diese Datei ist größer. Lösche etwas endgültig, oder bitte die Person, die diese Installation betreibt, um mehr.',
  quota_sounds:
    'Du darfst hier {most} {most:Klang|Klänge} haben, den Papierkorb mitgezählt, und so viele sind es. Lösche welche endgültig, oder bitte die Person, die diese Installation betreibt, um mehr.',
  quota_bytes:
    'Du darfst hier {mostMB} MB belegen, den Papierkorb mitgezählt, und damit wäre es mehr. Lösche etwas endgültig, oder bitte die Person, die diese Installation betreibt, um mehr.',
  keys_by_people: 'Mit einem Schlüssel geht das nicht. Melde dich mit deinem Namen an.',
  keys_too_many: 'Du hast schon {most} Schlüssel. Widerrufe einen, der nicht mehr gebraucht wird.',
  too_many_passwords:
    'Von deiner Adresse kamen zu viele falsche Passwörter. Versuche es in {seconds} {seconds:Sekunde|Sekunden} noch einmal.',
  other_site:
    'Eine fremde Webseite darf hier nichts ändern. Füge ihre Herkunft zu CORS_ORIGINS hinzu, um es zu erlauben.',
  form_field_too_large: 'Ein Feld des Formulars ist länger als {limitKB} kB.',
  too_many_files: 'Schicke höchstens {most} {most:Datei|Dateien} in einer Anfrage.',
  request_without_file: 'Die Anfrage enthält keine Datei. Schicke Tondateien im Formularfeld „files“.',
  search_by_nothing:
    'Gib „q“, mindestens einen Text, einen Klang in „like“ oder eine Tondatei an, wonach gesucht wird.',
  clips_without_audio: 'Schicke mindestens eine Datei im Teil „audio“.',
};
