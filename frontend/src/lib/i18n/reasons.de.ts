import { ReasonBook } from './reasons';

/** Why nothing comes from the hub of models. */
const NO_WAY: readonly (readonly [string, string])[] = [
  [
    'nothing answers there (connection refused). Check HF_ENDPOINT and your network',
    'Dort antwortet nichts (Verbindung abgelehnt). Prüfe HF_ENDPOINT und das Netz',
  ],
  [
    'its name is not known. Check HF_ENDPOINT and your network',
    'Den Namen gibt es nicht. Prüfe HF_ENDPOINT und das Netz',
  ],
  [
    'its name cannot be looked up at the moment. Check your network',
    'Der Name lässt sich gerade nicht nachschlagen. Prüfe das Netz',
  ],
  ['it does not answer. Check your network', 'Es kommt keine Antwort. Prüfe das Netz'],
  ['its certificate is not trusted', 'Dem Zertifikat wird nicht vertraut'],
  ['its certificate has expired', 'Das Zertifikat ist abgelaufen'],
  ['the connection broke off', 'Die Verbindung ist abgebrochen'],
];
const IN_VAIN = [
  ' Tried several times in vain. What has arrived is kept: install again to go on from there.',
  ' Mehrere Versuche waren vergeblich. Was schon da ist, bleibt: Installiere noch einmal, dann geht es dort weiter.',
] as const;
const noWay = NO_WAY.flatMap(([english, german]) => {
  const both = [
    `{0} could not be downloaded from {1}: ${english}.`,
    `{0} konnte nicht von {1} geladen werden: ${german}.`,
  ] as const;
  return [both, [both[0] + IN_VAIN[0], both[1] + IN_VAIN[1]] as const];
});

const HELD = 'Suchen geht inzwischen über Namen und Schlagwörter.';

/** Why files are refused, processing fails, or something is not possible, as the server says it. */
export const reasons = new ReasonBook(
  [
    ...noWay,
    // Files
    ['The file is empty.', 'Die Datei ist leer.'],
    [
      'The file is empty. It may not have been copied completely.',
      'Die Datei ist leer. Vielleicht wurde sie nicht vollständig kopiert.',
    ],
    ['The file has no audio track.', 'Die Datei hat keine Tonspur.'],
    ['The file contains no audio.', 'Die Datei enthält keinen Ton.'],
    [
      'The file contains only silence, so there is nothing to find it by.',
      'In der Datei ist es durchgehend still: Da ist nichts, woran man sie finden könnte.',
    ],
    [
      'The file is cut off: it is not complete, and without its index, which is missing, nothing in it can be read. Upload the complete file.',
      'Die Datei ist abgeschnitten: Sie ist nicht vollständig, und ohne ihr Verzeichnis, das fehlt, ist nichts darin lesbar. Lade die vollständige Datei hoch.',
    ],
    [
      'The file is cut off: its end is missing. Upload the complete file.',
      'Die Datei ist abgeschnitten: Ihr Ende fehlt. Lade die vollständige Datei hoch.',
    ],
    [
      'The file is cut off: it breaks off after {0} seconds of sound. Upload the complete file.',
      'Die Datei ist abgeschnitten: Nach {0} Sekunden bricht sie ab. Lade die vollständige Datei hoch.',
    ],
    [
      'The file is damaged: only {0} % of its sound can be read. Upload a sound copy of it.',
      'Die Datei ist beschädigt: Nur {0} % ihres Klangs sind lesbar. Lade eine unversehrte Kopie hoch.',
    ],
    [
      "The file's header is damaged or unusual: sample rates from {0} to {1} kHz and up to {2} channels can be read.",
      'Der Kopf der Datei ist beschädigt oder ungewöhnlich: Lesbar sind Abtastraten von {0} bis {1} kHz und bis zu {2} Kanäle.',
    ],
    [
      'This is a picture ({0}), not a sound. Supported are {1}.',
      'Das ist ein Bild ({0}), kein Klang. Unterstützt werden {1}.',
    ],
    [
      'This is an archive. Unpack it and upload the sounds in it. Supported are {0}.',
      'Das ist ein Archiv. Packe es aus und lade die Klänge darin hoch. Unterstützt werden {0}.',
    ],
    [
      'This is a MIDI file: notes, not recorded sound. Render it to WAV or FLAC first. Supported are {0}.',
      'Das ist eine MIDI-Datei: Noten, kein aufgenommener Klang. Wandle sie erst in WAV oder FLAC um. Unterstützt werden {0}.',
    ],
    [
      'This is a PDF document, not a sound. Supported are {0}.',
      'Das ist ein PDF-Dokument, kein Klang. Unterstützt werden {0}.',
    ],
    [
      'This is a playlist. Upload the sounds that it lists instead. Supported are {0}.',
      'Das ist eine Abspielliste. Lade stattdessen die Klänge hoch, die darin stehen. Unterstützt werden {0}.',
    ],
    [
      'This is a web page or XML text, not a sound. Supported are {0}.',
      'Das ist eine Webseite oder XML-Text, kein Klang. Unterstützt werden {0}.',
    ],
    [
      'This is a text file, not a sound. Supported are {0}.',
      'Das ist eine Textdatei, kein Klang. Unterstützt werden {0}.',
    ],
    ['{0} Supported are {1}.', 'Das ist keine lesbare Tondatei. Unterstützt werden {1}.'],
    [
      'Processing failed for an unexpected reason. Try it again; if it fails again, the server log tells more.',
      'Die Verarbeitung ist aus unerwartetem Grund fehlgeschlagen. Versuche es noch einmal; mehr steht im Protokoll des Servers.',
    ],
    [
      'The file is damaged: no audio in it can be decoded.',
      'Die Datei ist beschädigt: Kein Ton darin lässt sich entschlüsseln.',
    ],
    ['The file is damaged: reading it failed.', 'Die Datei ist beschädigt: Sie lässt sich nicht lesen.'],
    [
      'The file is cut off: only {0} % of the sound that its header announces is there. Upload the complete file.',
      'Die Datei ist abgeschnitten: Nur {0} % des Klangs, den ihr Kopf ankündigt, sind da. Lade die vollständige Datei hoch.',
    ],
    [
      'The file is cut off: {0} Upload the complete file.',
      'Die Datei ist abgeschnitten. Lade die vollständige Datei hoch.',
    ],
    ['Reading the file was cancelled.', 'Das Lesen der Datei wurde abgebrochen.'],
    [
      'Decoding the file made no progress or took far too long for its length, and was stopped. It may be damaged.',
      'Das Entschlüsseln kam nicht voran oder dauerte viel zu lange und wurde beendet. Vielleicht ist die Datei beschädigt.',
    ],
    [
      'The sound is {0} long, more than the limit of {1}. Split it, or raise MAX_DURATION_H.',
      'Der Klang ist {0} lang, erlaubt sind {1}. Teile ihn, oder erhöhe MAX_DURATION_H.',
    ],
    [
      'The sound is longer than the limit of {0}. Split it, or raise MAX_DURATION_H.',
      'Der Klang ist länger als die erlaubten {0}. Teile ihn, oder erhöhe MAX_DURATION_H.',
    ],
    [
      'The file is larger than the limit of {0}. Raise MAX_UPLOAD_MB to allow it.',
      'Die Datei ist größer als die erlaubten {0}. Mit MAX_UPLOAD_MB lässt sich die Grenze erhöhen.',
    ],
    [
      'The file is larger than the file system of the server allows.',
      'Die Datei ist größer, als das Dateisystem des Servers erlaubt.',
    ],
    [
      'Reading the file took too long. It may be damaged.',
      'Das Lesen der Datei hat zu lange gedauert. Vielleicht ist sie beschädigt.',
    ],
    [
      'Decoding the file made no progress and was stopped. It may be damaged.',
      'Das Entschlüsseln kam nicht voran und wurde beendet. Vielleicht ist die Datei beschädigt.',
    ],
    [
      'The upload broke off before the file was complete.',
      'Die Übertragung brach ab, bevor die Datei vollständig war.',
    ],
    [
      'The file could not be stored because of a fault in the server.',
      'Die Datei konnte wegen eines Fehlers im Server nicht abgelegt werden.',
    ],
    [
      'The disk of the server is full, so this could not be saved. Empty the bin or free space elsewhere, and try again.',
      'Die Platte des Servers ist voll, deshalb ließ sich das nicht speichern. Leere den Papierkorb oder schaffe anderswo Platz und versuche es noch einmal.',
    ],
    [
      'The disk of the server is full, so the bin takes nothing more. Empty the bin, or delete for good, and try again.',
      'Die Platte des Servers ist voll, deshalb nimmt der Papierkorb nichts mehr auf. Leere ihn oder lösche endgültig und versuche es noch einmal.',
    ],
    [
      'This sound was deleted and lies in the bin. Restore it there to have it in the library again.',
      'Dieser Klang wurde gelöscht und liegt im Papierkorb. Hole ihn dort zurück, um ihn wieder in der Bibliothek zu haben.',
    ],
    [
      'The disk of the server is full. Free some space and upload the file again.',
      'Die Platte des Servers ist voll. Schaffe Platz und lade die Datei noch einmal hoch.',
    ],
    [
      'The server may not write to its data directory. Check its permissions.',
      'Der Server darf nicht in sein Datenverzeichnis schreiben. Prüfe die Zugriffsrechte.',
    ],
    // Processing
    [
      'The file of this sound is missing from the storage. Upload it again.',
      'Die Datei dieses Klangs fehlt auf der Platte. Lade sie noch einmal hoch.',
    ],
    [
      'The audio file of this sound is missing from the data directory. Upload it again to mend this.',
      'Die Datei dieses Klangs fehlt im Datenverzeichnis. Lade sie noch einmal hoch, dann ist es wieder gut.',
    ],
    [
      'Decoding was stopped by the system, which may be short of memory.',
      'Das System hat das Entschlüsseln beendet; vielleicht ist der Arbeitsspeicher knapp.',
    ],
    [
      '{0} is not installed on the server. Install it (Debian: apt-get install ffmpeg, macOS: brew install ffmpeg) and try again.',
      '{0} ist auf dem Server nicht installiert. Installiere es (Debian: apt-get install ffmpeg, macOS: brew install ffmpeg) und versuche es noch einmal.',
    ],
    [
      'The server could not start {0}: it is out of memory or processes. Try again later.',
      'Der Server konnte {0} nicht starten: Speicher oder Prozesse sind erschöpft. Versuche es später noch einmal.',
    ],
    ['Interrupted; it goes on shortly.', 'Unterbrochen; es geht gleich weiter.'],
    ['Cancelled.', 'Abgebrochen.'],
    ['Replaced by a newer run for this sound.', 'Von einem neueren Durchgang dieses Klangs abgelöst.'],
    [
      'Processing crashed repeatedly on this file, so it was given up.',
      'Die Verarbeitung ist an dieser Datei wiederholt abgestürzt und wurde aufgegeben.',
    ],
    // Models
    [
      'The model "{0}" cannot be opened: its files are damaged or made for another runtime. Install it again.',
      'Das Modell „{0}“ lässt sich nicht öffnen: Seine Dateien sind beschädigt oder für eine andere Laufzeit gemacht. Installiere es neu.',
    ],
    [
      'The model "{0}" could not be run: its files do not fit its manifest. Install it again.',
      'Das Modell „{0}“ lief nicht: Seine Dateien passen nicht zu seiner Beschreibung. Installiere es neu.',
    ],
    [
      'The model "{0}" is in use. Use another one first, then remove it.',
      'Das Modell „{0}“ ist in Gebrauch. Nimm erst ein anderes, dann kannst du es entfernen.',
    ],
    [
      'The model needs {0} on the disk, but only {1} are free. Free some space and try again.',
      'Das Modell braucht {0} auf der Platte, frei sind nur {1}. Schaffe Platz und versuche es noch einmal.',
    ],
    [
      'The disk is full. Nothing was installed; what has arrived is kept. Free some space and install again.',
      'Die Platte ist voll. Nichts wurde installiert; was schon da ist, bleibt. Schaffe Platz und installiere noch einmal.',
    ],
    // Searching
    [
      'There is nothing to search for. Describe a sound, or give one as an example.',
      'Es gibt nichts zu suchen. Beschreibe einen Klang, oder gib einen als Beispiel.',
    ],
    [
      'The model does not know these words. Say it in other words, or in a language that it reads.',
      'Das Modell kennt diese Wörter nicht. Sag es anders, oder in einer Sprache, die es liest.',
    ],
    [
      'The search index is starting again. Try once more in a moment.',
      'Der Suchindex startet neu. Versuche es gleich noch einmal.',
    ],
    [
      'The index is loading ({0} %); names and tags can be searched meanwhile.',
      `Der Index wird geladen ({0} %). ${HELD}`,
    ],
    [
      'The index is rebuilding ({0} %); names and tags can be searched meanwhile.',
      `Der Index wird neu gebaut ({0} %). ${HELD}`,
    ],
    [
      'The processing queue cannot be reached at the moment. Try again in a few seconds.',
      'Die Warteschlange ist gerade nicht zu erreichen. Versuche es in ein paar Sekunden noch einmal.',
    ],
    // Sounds and jobs
    ['There is no {0} with the id "{1}".', 'Das gibt es nicht (mehr).'],
    [
      'This job is over already, so there is nothing to cancel. Delete the sound instead.',
      'Dieser Auftrag ist schon vorbei, es gibt nichts abzubrechen. Du kannst den Klang löschen.',
    ],
    [
      'This sound could not be processed, so it has no waveform.',
      'Dieser Klang konnte nicht verarbeitet werden, darum hat er keine Wellenform.',
    ],
    [
      'This sound could not be processed, so it has no spectrogram.',
      'Dieser Klang konnte nicht verarbeitet werden, darum hat er kein Spektrogramm.',
    ],
    [
      'This sound is still being processed. Its waveform is there when its status is "ready".',
      'Dieser Klang wird noch verarbeitet. Danach ist die Wellenform da.',
    ],
    [
      'This sound is still being processed. Its spectrogram can be made when its status is "ready".',
      'Dieser Klang wird noch verarbeitet. Danach gibt es ein Spektrogramm.',
    ],
    ['Spectrograms are made of sounds up to {0} hours.', 'Spektrogramme gibt es von Klängen bis zu {0} Stunden.'],
    // Maintenance
    [
      'Another task of maintenance is running. Wait until it is done, or cancel it first.',
      'Gerade läuft eine andere Wartung. Warte, bis sie fertig ist, oder brich sie ab.',
    ],
    [
      'This job is over already, so there is nothing to cancel.',
      'Diese Arbeit ist schon vorbei, es gibt nichts abzubrechen.',
    ],
    [
      'This job is not over yet. Cancel it first to begin anew.',
      'Diese Arbeit ist noch nicht vorbei. Brich sie erst ab, um neu anzufangen.',
    ],
    [
      'The program ended while this was being done. Start it again.',
      'Das Programm wurde währenddessen beendet. Starte es noch einmal.',
    ],
    [
      'The work failed. The log of the server has the reason.',
      'Die Arbeit ist gescheitert. Der Grund steht im Protokoll des Servers.',
    ],
    ['The bin is being emptied already.', 'Der Papierkorb wird schon geleert.'],
    [
      'This change of model is over. Choose the model again to begin anew.',
      'Dieser Modellwechsel ist vorbei. Wähle das Modell noch einmal, um neu anzufangen.',
    ],
    [
      'This task is over already, so there is nothing to cancel.',
      'Diese Aufgabe ist schon vorbei, es gibt nichts abzubrechen.',
    ],
    [
      'Rebuilding the index cannot be stopped. Searches go on with the old index until it is done.',
      'Der Neubau des Index lässt sich nicht abbrechen. Bis er fertig ist, sucht der alte weiter.',
    ],
    [
      'There is no backup to download. Make one first.',
      'Es gibt keine Sicherung zum Herunterladen. Lege erst eine an.',
    ],
    [
      'There is not enough space on the disk for a copy of the database. Free some space and try again.',
      'Auf der Platte ist kein Platz für eine Kopie der Datenbank. Schaffe Platz und versuche es noch einmal.',
    ],
    [
      'Sounds are being processed, and this database has to be written anew as a whole. Compact it when the queue is empty.',
      'Gerade werden Klänge verarbeitet, und diese Datenbank muss als Ganzes neu geschrieben werden. Verdichte sie, wenn die Warteschlange leer ist.',
    ],
    [
      'The task failed. The log of the server has the reason.',
      'Die Aufgabe ist fehlgeschlagen. Der Grund steht im Protokoll des Servers.',
    ],
    [
      'The database could not do this. The log of the server has the reason.',
      'Die Datenbank konnte das nicht. Der Grund steht im Protokoll des Servers.',
    ],
    [
      'The disk of the server is full. Free some space and try again.',
      'Die Platte des Servers ist voll. Schaffe Platz und versuche es noch einmal.',
    ],
    [
      'The database is in use without a pause. Try again when less is going on.',
      'Die Datenbank ist ohne Pause in Gebrauch. Versuche es, wenn weniger los ist.',
    ],
    [
      'The thread that reads the files ended unexpectedly. Try again.',
      'Das Lesen der Dateien endete unerwartet. Versuche es noch einmal.',
    ],
    ['Less than 100 MB are free on the disk of the data directory.', 'Auf der Platte sind weniger als 100 MB frei.'],
    ['There was no answer in time.', 'Es kam nicht rechtzeitig eine Antwort.'],
    [
      'The check failed. The log of the server has the reason.',
      'Die Prüfung ist fehlgeschlagen. Der Grund steht im Protokoll des Servers.',
    ],
    [
      'Something went wrong in the server. Its log has the details under this request id.',
      'Im Server ging etwas schief. Sein Protokoll hat die Einzelheiten unter dieser Anfragenummer.',
    ],
  ],
  [
    [/\bhours\b/, 'Stunden'],
    [/\bminutes\b/, 'Minuten'],
    [/\bseconds\b/, 'Sekunden'],
    // Not those of an address.
    [/(?<![\d.])(\d+)\.(\d+)(?![\d.])/, '$1,$2'],
    [/ and /, ' und '],
  ],
);
