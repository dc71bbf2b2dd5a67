/**
 * Every sentence that tells people why something did not work, by its name; pages in other languages have their own for each
 * name. Values stand where their names stand: those that end in S are seconds, those in At places in a sound, those in Bytes bytes.
 * `{most:sound|sounds}` is the first word for one, the other for more.
 */
export const REASONS = {
  queue_unreachable: 'The processing queue cannot be reached at the moment. Try again in a few seconds.',
  queue_full:
    'The server has {waiting} {waiting:sound|sounds} or more to process and takes no more at the moment. What you have uploaded is safe: send the rest again later.',
  remote_not_yet: 'The server has no model yet. Try again in a minute.',
  remote_other_version:
    'The server is of version {here}, the worker of {there}: what it finds out would not fit. Bring both to the same version.',
  remote_other_model:
    'The server works with the model "{model}" ({here}), the worker with {there}: their vectors cannot be compared. Install the same one there.',
  remote_not_held:
    'This worker does not have the job any more: it was not heard of for too long, or nobody wants the job.',
  file_over_limit: 'The file is larger than the limit of {limitMB} MB. Raise MAX_UPLOAD_MB to allow it.',
  clip_over_limit: 'A sound to search with may have {limitMB} MB at most. Send a shorter piece of it.',
  disk_full_for_upload: 'The disk of the server is full. Free some space and upload the file again.',
  file_over_file_system: 'The file is larger than the file system of the server allows.',
  data_directory_read_only: 'The server may not write to its data directory. Check its permissions.',
  files_thread_ended: 'The thread that reads the files ended unexpectedly. Try again.',
  storage_away: 'The storage of the audio files cannot be reached at the moment. Try again in a few seconds.',
  storage_refused:
    'The storage of the audio files refuses access. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what this key may do.',
  storage_bucket_missing: 'The bucket of the audio files is not there any more. Check STORAGE_URL.',
  file_empty: 'The file is empty.',
  file_empty_copy: 'The file is empty. It may not have been copied completely.',
  file_without_track: 'The file has no audio track.',
  file_without_audio: 'The file contains no audio.',
  file_silent: 'The file contains only silence, so there is nothing to find it by.',
  file_senseless:
    'What stands in the file is no sound: its values are no numbers, or far beyond full scale. Export it again from the program that made it.',
  file_header_unusual:
    "The file's header is damaged or unusual: sample rates from {minKHz} to {maxKHz} kHz and up to {maxChannels} channels can be read.",
  file_not_decodable: 'The file is damaged: no audio in it can be decoded.',
  file_reading_failed: 'The file is damaged: reading it failed.',
  file_reading_slow: 'Reading the file took too long. It may be damaged.',
  file_decoding_slow:
    'Decoding the file made no progress or took far too long for its length, and was stopped. It may be damaged.',
  file_mostly_damaged: 'The file is damaged: only {percent} % of its sound can be read. Upload a sound copy of it.',
  file_cut_off_headless:
    'The file is cut off: it is not complete, and without its index, which is missing, nothing in it can be read. Upload the complete file.',
  file_cut_off: 'The file is cut off: its end is missing. Upload the complete file.',
  file_cut_off_after: 'The file is cut off: it breaks off after {afterS} of sound. Upload the complete file.',
  file_cut_off_share:
    'The file is cut off: only {percent} % of the sound that its header announces is there. Upload the complete file.',
  sound_too_long: 'The sound is {lengthS} long, more than the limit of {limitS}. Split it, or raise MAX_DURATION_H.',
  sound_over_limit: 'The sound is longer than the limit of {limitS}. Split it, or raise MAX_DURATION_H.',
  not_audio: 'This is not an audio file that can be read.',
  not_audio_picture: 'This is a picture ({kind}), not a sound.',
  not_audio_archive: 'This is an archive. Unpack it and upload the sounds in it.',
  not_audio_midi: 'This is a MIDI file: notes, not recorded sound. Render it to WAV or FLAC first.',
  not_audio_pdf: 'This is a PDF document, not a sound.',
  not_audio_playlist: 'This is a playlist. Upload the sounds that it lists instead.',
  not_audio_markup: 'This is a web page or XML text, not a sound.',
  not_audio_text: 'This is a text file, not a sound.',
  supported_formats: 'Supported are {formats}.',
  upload_broke_off: 'The upload broke off before the file was complete.',
  upload_not_stored: 'The file could not be stored because of a fault in the server.',
  sound_in_bin: 'This sound was deleted and lies in the bin. Restore it there to have it in the library again.',
  disk_full:
    'The disk of the server is full, so this could not be saved. Empty the bin or free space elsewhere, and try again.',
  disk_full_for_bin:
    'The disk of the server is full, so the bin takes nothing more. Empty the bin, or delete for good, and try again.',
  timeline_ended: 'The server is ending. Ask again once it runs.',
  too_many_markers: 'A sound may have {limit} markers at most. Delete some that are not needed any more.',
  marker_from_file: 'This marker is a chapter of the file itself and cannot be changed here.',
  no_markers_in_file:
    'There are no markers in this file. Export labels from Audacity, or a table with the columns Start, End and Text.',
  marker_line_odd:
    'Line {line} of this file has no time that can be read, such as 83.5 or 1:23.5. Expected are labels of Audacity, WebVTT, or a table with the columns Start, End and Text.',
  marker_line_long:
    'Line {line} of this file has a text of more than {limit} letters, more than a marker holds. Shorten it, and take the file over again.',
  marker_line_backwards: 'Line {line} of this file ends at {endAt}, before it begins at {startAt}. Correct its times.',
  marker_line_behind:
    'Line {line} of this file begins at {startAt}, but this sound ends at {endAt}. Correct its time, or choose the sound that the file belongs to.',
  no_marked_stretches: 'No stretch of this sound is marked, so there is nothing to cut out.',
  marked_stretches_long:
    'The marked stretches are {lengthS} long together, more than the {limitS} that one file takes. Save them one by one.',
  marker_backwards: 'A marked stretch must end after it begins.',
  stored_file_missing: 'The file of this sound is missing from the storage. Upload it again.',
  stored_file_missing_mend:
    'The audio file of this sound is missing from the data directory. Upload it again to mend this.',
  decoding_stopped: 'Decoding was stopped by the system, which may be short of memory.',
  decoders_busy: 'The server is decoding as many sounds as it can at the moment. Try again in a few seconds.',
  program_not_started: 'The server could not start {program}: it is out of memory or processes. Try again later.',
  program_missing:
    '{program} is not installed on the server. Install it (Debian: apt-get install ffmpeg, macOS: brew install ffmpeg) and try again.',
  processing_interrupted: 'Interrupted; it goes on shortly.',
  processing_failed:
    'Processing failed for an unexpected reason. Try it again; if it fails again, the server log tells more.',
  processing_crashed: 'Processing crashed repeatedly on this file, so it was given up.',
  embedding_crashed: 'Embedding this sound crashed repeatedly, so it was given up.',
  embedding_failed: 'This sound could not be embedded with the new model. Process it again; the server log tells more.',
  job_cancelled: 'Cancelled.',
  job_replaced: 'Replaced by a newer run for this sound.',
  folder_import_off:
    'Importing from folders is turned off. Set IMPORT_DIRS to the folders that may be read and restart.',
  folder_path_relative: 'Give the whole path of the folder, beginning at the root of the server.',
  folder_not_allowed: 'This folder is not below one that IMPORT_DIRS allows.',
  folder_missing: 'There is no folder at this path on the server.',
  folder_is_file: 'This path leads to a file. Give the folder it is in.',
  folder_not_readable: 'The server may not read this folder. Check its permissions.',
  folder_gone: 'The folder cannot be read. It may have been moved, or the disk it is on is not mounted.',
  folder_known: 'This folder is in the list already. Scan it again instead.',
  folder_scan_failed: 'The scan failed because of a fault in the server. Its log has the details.',
  file_name_odd: 'The name of this file is not valid text. Rename it.',
  link_leads_out_of_folder: 'This link leads out of the folder. Import the folder that it leads to as well.',
  place_unplugged:
    'This file stays in a folder that cannot be reached at the moment: its drive is not connected, or the folder was moved. Connect it again; nothing is lost.',
  place_gone:
    'This file stays in its folder, and it is not there any more: it was deleted or moved out. Put it back to have the sound again.',
  place_changed: 'This file stays in its folder and was changed there. It is read again when its folder is scanned.',
  place_unreadable: 'This file stays in its folder, where the server may not read it. Check its permissions.',
  place_deleted:
    'Its sound was deleted from the library, so the file is left where it is. To have it again, upload it, or remove the folder here and import it anew.',
  folder_unplugged:
    'The folder is empty or cannot be reached: its drive is not connected, or not mounted. Nothing is lost; connect it again.',
  link_leads_out: 'This link leads out of the folders that IMPORT_DIRS allows.',
  file_not_readable: 'The server may not read this file. Check its permissions.',
  model_id_odd: '"{model}" is not a model id. Set MODEL to the name of a folder in models/, e.g. compact-clap.',
  model_file_missing:
    'The model "{model}" lacks its file {file}. Put it into models/{model}/ or choose another model with MODEL.',
  model_file_size:
    'The file {file} of the model "{model}" has {bytes} {bytes:byte|bytes} instead of {expected}: it is incomplete or another version. Fetch it again.',
  model_file_unreadable: 'The model file {file} cannot be read. Check its permissions.',
  model_files_replaced:
    'The files of the model "{model}" were replaced by another version while the server runs. Restart it.',
  model_gave_nothing: 'The model "{model}" gave no usable result for {part} s of this sound.',
  model_background_odd:
    'The background file of the model "{model}" is not rows of {dimension} numbers. Install the model again.',
  model_not_opened:
    'The model "{model}" cannot be opened: its files are damaged or made for another runtime. Install it again.',
  model_not_run: 'The model "{model}" could not be run: its files do not fit its manifest. Install it again.',
  model_runtime_missing:
    'ONNX Runtime, which runs the model, cannot be started on this machine. Install the npm packages again ("npm ci").',
  model_thread_ended: 'An embedding thread stopped unexpectedly. Trying again starts a new one.',
  model_description_incomplete: 'The description of the model "{model}" is not complete.',
  model_installing_elsewhere:
    'Another process is installing or removing the model "{model}" at this moment. Wait until it is done, or stop it.',
  models_folder_full:
    'The disk is full. Nothing was installed; what has arrived is kept. Free some space and install again.',
  models_folder_read_only:
    'The folder of models may not be written to. Check its permissions; where it is mounted read-only, as in containers, install on the host.',
  model_folder_lacks:
    'The folder lacks {file}. It must hold the files of the model, flat or with an onnx folder as published.',
  model_folder_file_unreadable: '{file} cannot be read. Check its permissions.',
  download_refused_connection:
    '{file} could not be downloaded from {source}: nothing answers there (connection refused). Check HF_ENDPOINT and your network.',
  download_unknown_host:
    '{file} could not be downloaded from {source}: its name is not known. Check HF_ENDPOINT and your network.',
  download_no_lookup:
    '{file} could not be downloaded from {source}: its name cannot be looked up at the moment. Check your network.',
  download_no_answer: '{file} could not be downloaded from {source}: it does not answer. Check your network.',
  download_untrusted: '{file} could not be downloaded from {source}: its certificate is not trusted.',
  download_expired: '{file} could not be downloaded from {source}: its certificate has expired.',
  download_broke_off: '{file} could not be downloaded from {source}: the connection broke off.',
  download_given_up: 'Tried several times in vain. What has arrived is kept: install again to go on from there.',
  download_senseless: '{source} gave an answer for {file} that makes no sense.',
  download_not_encrypted: '{source} led to an address that is not encrypted. Nothing was downloaded from there.',
  download_in_circles: '{source} sent the download around in circles.',
  download_not_public:
    '{source} does not give {file} to everybody ({status}). Download the files in a browser and install them with --from, or use another HF_ENDPOINT.',
  download_not_there:
    '{source} does not have {file} ({status}). If HF_ENDPOINT names a mirror, it lacks this model: use another one, or install with --from.',
  download_source_busy: '{source} is busy or out of order at the moment ({status}).',
  download_refused: '{source} refused {file} ({status}).',
  download_web_page:
    '{source} sent a web page instead of {file}: a login page, perhaps of your network, or an address that is not a hub. Check HF_ENDPOINT, or install with --from.',
  download_stalled: 'Nothing more of {file} came from {source} for a while.',
  download_other_content:
    '{file} has other content than it should have (its SHA-256 is wrong): it was altered on the way, or {source} has another version. Nothing was installed. Try again or use another source.',
  download_interrupted: 'The connection broke off in the middle of {file}.',
  download_wrong_part: '{source} sent another part of {file}.',
  download_other_version:
    '{source} has another version of {file} ({bytes} {bytes:byte|bytes} instead of {expected}). Nothing was installed. Use another source, or update Traum-Engine.',
  install_failed: 'The installation failed for an unexpected reason; the server log tells more.',
  install_no_space:
    'The model needs {neededBytes} on the disk, but only {freeBytes} are free. Free some space and try again.',
  model_bundled: 'The model "{model}" comes with Traum-Engine and need not be installed.',
  model_own: 'The model "{model}" is one of your own: put its files into its folder by hand.',
  model_not_known: 'The model "{model}" cannot be installed from here: it is not one of the known ones.',
  model_installed: 'The model "{model}" is installed already.',
  model_not_installing: 'The model "{model}" is not being installed.',
  model_not_installed: 'The model "{model}" is not installed yet. Install it first: npm run model -- install {model}',
  model_bundled_stays: 'The model "{model}" comes with Traum-Engine and cannot be removed.',
  model_in_use: 'The model "{model}" is in use. Use another one first, then remove it.',
  model_being_switched_to: 'The library is being changed to the model "{model}". Cancel that first.',
  model_being_installed: 'The model "{model}" is being installed. Cancel that first.',
  switch_not_running: 'There is no change of model to pause.',
  switch_not_paused: 'There is no change of model to resume.',
  switch_not_there: 'There is no change of model to cancel.',
  nothing_to_search: 'There is nothing to search for. Describe a sound, or give one as an example.',
  search_text_too_long: 'The text is longer than {limit} characters. Describe the sound in a sentence or two.',
  words_not_known: 'The model does not know these words. Say it in other words, or in a language that it reads.',
  example_not_processed: '"{name}" has not been processed yet. Try again when it is ready.',
  example_part_missing: '"{name}" has no part between these seconds.',
  clip_silent: '"{name}" holds no sound that could be heard.',
  index_other_model: 'This embedding was made by another model. Search again.',
  index_not_open: 'The search index is not open.',
  index_rebuilding:
    'The search index is being rebuilt ({percent} % done). Names and tags can be searched meanwhile; try again in a moment.',
  vectors_away:
    'The vector database does not answer. Names and tags can be searched meanwhile; see that Weaviate runs and that VECTOR_URL leads there.',
  index_failed: 'The search index could not do this. See the log.',
  index_restarting: 'The search index is starting again. Try once more in a moment.',
  index_state_loading: 'The index is loading ({percent} %); names and tags can be searched meanwhile.',
  index_state_rebuilding: 'The index is rebuilding ({percent} %); names and tags can be searched meanwhile.',
  id_unknown: 'There is no {what} with the id "{id}".',
  id_not_in_bin: 'There is no sound with the id "{id}" in the bin.',
  collection_not_in_bin: 'There is no collection with the id "{id}" in the bin.',
  sound_changed:
    'This sound was changed meanwhile, so nothing was written. Read it again, and send your change with its new ETag.',
  sound_changed_fields:
    'Meanwhile another changed this of the sound: {fields}. Nothing was written. Read it again, and send your change with what it is now.',
  job_over: 'This job is over already, so there is nothing to cancel. Delete the sound instead.',
  begins_behind_end: 'This sound ends at {endAt}: nothing begins at {startAt}.',
  stretch_too_short: 'Between these seconds there is not even one sample ({rateHz} Hz). Choose a longer stretch.',
  sound_not_decoded: 'This sound has not been decoded, so it can only be had as it was uploaded.',
  waveform_failed: 'This sound could not be processed, so it has no waveform.',
  waveform_not_yet: 'This sound is still being processed. Its waveform is there when its status is "ready".',
  spectrogram_failed: 'This sound could not be processed, so it has no spectrogram.',
  spectrogram_not_yet: 'This sound is still being processed. Its spectrogram can be made when its status is "ready".',
  spectrogram_too_long: 'Spectrograms are made of sounds up to {hours} hours.',
  collection_name_taken: 'There is a collection named "{name}" already. Choose another name, or add to that one.',
  page_marker_odd: 'This page marker does not belong to this list. Start from the first page.',
  date_odd: '"{text}" is not a date. Write it like 2026-01-31 or 2026-01-31T12:00:00Z.',
  number_out_of_range: '"{field}" must be a whole number {range}.',
  tag_group_unknown: 'There is no group "{group}".',
  word_not_built_in: '"{word}" is not one of the built-in words.',
  words_too_many: 'There can be {most} own words at most.',
  word_empty: 'A word must not be empty.',
  word_twice: '"{word}" is there twice.',
  usage_before_future: '"before" must not lie in the future. Leave it out to forget everything.',
  right_lacking: 'You may not {doing} here. Ask whoever runs this installation for the right to.',
  maintenance_busy: 'Another task of maintenance is running. Wait until it is done, or cancel it first.',
  maintenance_over: 'This task is over already, so there is nothing to cancel.',
  rebuild_not_stoppable: 'Rebuilding the index cannot be stopped. Searches go on with the old index until it is done.',
  backup_missing: 'There is no backup to download. Make one first.',
  backup_no_space: 'There is not enough space on the disk for a copy of the database. Free some space and try again.',
  backup_not_set_up: 'No place for backups is set. Set BACKUP_DIR to a folder on another disk, and restart.',
  backup_running: 'A backup is being made already.',
  backup_unknown: 'There is no backup "{backup}" here, or it is damaged.',
  backup_place_full:
    'The disk that holds the backups is full. Earlier backups are whole. Free some space there, or keep fewer with BACKUP_KEEP.',
  backup_place_read_only: 'The folder for backups may not be written to. Check its permissions.',
  backup_place_unreadable: 'The folder for backups cannot be read. Check its disk, and whether it is mounted.',
  backup_place_no_folder:
    'Where backups are to be kept is no folder, and none can be made there. Name a folder on an ordinary disk.',
  backup_place_busy: 'Another program is writing to the folder for backups. Wait until it is done.',
  backup_place_changed:
    'The folder for backups does not hold the backups made so far: its disk may not be mounted. If it is meant to be another one, make the first backup there by hand.',
  backup_place_taken: 'Other files lie in the folder for backups. Choose an empty one.',
  backup_place_newer: 'These backups were made by a newer version of Traum-Engine. Update this one.',
  backup_place_not_encrypted:
    'The backups in this folder are not encrypted, but a key is given. Choose another folder, or take the key away.',
  backup_key_needed: 'These backups are encrypted. Give their key with BACKUP_KEY_FILE or BACKUP_KEY.',
  backup_key_wrong: 'This is not the key that these backups were encrypted with.',
  backup_file_damaged: 'A file of this backup is damaged or missing. Take another backup.',
  backup_incomplete: 'This backup does not fit together: {what}. Nothing was changed. Take another backup.',
  backup_of_newer:
    'This backup was made by a newer version of Traum-Engine ({version}). Update this one first. Nothing was changed.',
  restore_while_running:
    'Traum-Engine is using this data directory. Stop it first (one that was killed counts as running for 15 seconds).',
  restore_no_space: 'The backup needs {neededBytes}, but only {freeBytes} are free. Nothing was changed.',
  restore_unfinished:
    'A restore was interrupted half-way. Complete it first: npm run restore. Both libraries are whole until then.',
  compact_while_processing:
    'Sounds are being processed, and this database has to be written anew as a whole. Compact it when the queue is empty.',
  bin_being_emptied: 'The bin is being emptied already.',
  switch_over: 'This change of model is over. Choose the model again to begin anew.',
  work_over: 'This job is over already, so there is nothing to cancel.',
  work_not_over: 'This job is not over yet. Cancel it first to begin anew.',
  work_interrupted: 'The program ended while this was being done. Start it again.',
  work_failed: 'The work failed. The log of the server has the reason.',
  maintenance_failed: 'The task failed. The log of the server has the reason.',
  database_could_not: 'The database could not do this. The log of the server has the reason.',
  disk_full_for_upkeep: 'The disk of the server is full. Free some space and try again.',
  database_in_use: 'The database is in use without a pause. Try again when less is going on.',
  database_busy:
    'Another program is writing to the library without a pause, so nothing was changed. Try again in a few seconds.',
  database_away: 'The database does not answer just now, so nothing was changed. Try again in a few seconds.',
  backup_by_storage:
    'The audio files are in a bucket. Save it by its own means (versions, replication), and the database with the page Storage.',
  backup_by_postgres: 'This library is kept in PostgreSQL: back it up with pg_dump (docs/scaling.md, "Backup").',
  disk_nearly_full: 'Less than 100 MB are free on the disk of the data directory.',
  no_answer_in_time: 'There was no answer in time.',
  check_failed: 'The check failed. The log of the server has the reason.',
  fault_in_server: 'Something went wrong in the server. Its log has the details under this request id.',
  too_many_followers: 'As many clients follow events as this server takes. Ask for the state of jobs instead.',
  too_many_streams: 'Too many streams of events are open from this address. Close some of them.',
  link_gone: 'There is nothing at this link (any more). Ask whoever sent it for another one.',
  link_no_download: 'This link is for listening only.',
  link_password_needed: 'This link has a password. Whoever sent it can tell you.',
  link_password_wrong: 'This is not the password of the link.',
  links_too_many: 'You have {most} links already. Revoke some of them first.',
  saved_searches_too_many: 'You have {most} saved searches already. Forget one that you do not need any more.',
  guests_too_many: 'Too many people are listening by this link at this moment. Try again in {waitS}.',
  asked_too_often: 'This is more than {most} {most:request|requests} in a minute. Go on in {waitS}.',
  body_too_large: 'The body of this request is too large. Here it may have {limitKB} KB.',
  host_not_allowed:
    'This server does not answer under the name "{host}". If it is meant to, add the name to ALLOWED_HOSTS.',
  password_needed: 'Give the user name and the password set with AUTH.',
  sign_in_needed: 'Sign in first.',
  session_over: 'Your session is over. Sign in again.',
  key_not_valid: 'This key is not known here, has expired or was revoked.',
  sign_in_wrong: 'The name or the password is wrong.',
  sign_in_too_often: 'Too many wrong passwords. Try again in {waitS}.',
  sign_ins_too_many: 'Too many people are signing in at this moment. Try again in a few seconds.',
  account_off: 'This account is turned off. Ask whoever runs this installation.',
  not_invited: 'You may not come in here. Ask whoever runs this installation.',
  setup_first: 'The first account is not made yet. The log of the server has the link that makes it.',
  oidc_off: 'Nobody signs in here by OpenID Connect: OIDC_ISSUER is not set.',
  oidc_not_begun: 'This sign-in was begun elsewhere, or took too long. Begin it again.',
  oidc_refused: 'The provider did not confirm who you are. Begin the sign-in again.',
  oidc_away: 'The provider by which people sign in does not answer. Try again in a moment.',
  proxy_name_odd: 'The proxy sent no usable name. Ask whoever runs this installation.',
  traces_off: 'Nobody wants traces here: OTEL_EXPORTER_OTLP_ENDPOINT is not set.',
  accounts_off:
    'There are no accounts here: AUTH says that everybody comes in the same way. Set AUTH=required and restart.',
  setup_token_wrong: 'This is not the setup token of this installation. The log of the server has it.',
  setup_done: 'The first account is made already. Sign in.',
  user_name_taken: 'There is an account named "{name}" already. Choose another name.',
  user_name_odd:
    'This name has letters of several alphabets in one word, or characters that nobody sees. Type it with the letters of one.',
  user_last_admin: 'This is the only admin. Make somebody else admin first.',
  user_first_stays:
    'This is the first account: whatever is added by the server itself belongs to it. It can be turned off, but not deleted.',
  user_is_you: 'This is your own account. Another admin can do this.',
  password_now_wrong: 'The present password is wrong.',
  password_too_easy: 'This password is too easy to guess. Choose a longer one, of several words for example.',
  key_scope_beyond: 'You may not do this yourself ({scope}), so no key of yours can.',
  sound_of_another: '"{name}" is shared with you to listen. Only its owner can change it.',
  erasing_of_another: 'Only its owner or an admin can delete a sound for good.',
  erasing_collection_of_another: 'Only its owner or an admin can delete a collection for good.',
  collection_of_another: 'The collection "{name}" is shared with you to look at. Only its owner can change it.',
  access_of_another: "Who sees something is up to its owner, and this is somebody else's.",
  person_unknown: 'Somebody you want to share with has no account here. Choose from the list.',
  quota_left:
    'You may keep {leftMB} MB more here, and this file is larger. Delete something for good, or ask whoever runs this installation for more.',
  quota_sounds:
    'You may keep {most} {most:sound|sounds} here, the bin included, and have as many. Delete some for good, or ask whoever runs this installation for more.',
  quota_bytes:
    'You may keep {mostMB} MB here, the bin included, and this would be more. Delete some for good, or ask whoever runs this installation for more.',
  keys_by_people: 'Keys cannot do this. Sign in with your name.',
  keys_too_many: 'You have {most} keys already. Revoke one that is not used any more.',
  too_many_passwords:
    'Too many wrong passwords came from your address. Try again in {seconds} {seconds:second|seconds}.',
  other_site: 'A page of another site may not change anything here. Add its origin to CORS_ORIGINS to allow it.',
  form_field_too_large: 'A field of the form is longer than {limitKB} kB.',
  too_many_files: 'Send at most {most} {most:file|files} in one request.',
  request_without_file: 'The request holds no file. Send audio files in the form field "files".',
  search_by_nothing: 'Give "q", at least one text, one sound in "like" or one audio file to search by.',
  clips_without_audio: 'Send at least one file in a part "audio".',
} as const satisfies Record<string, string>;

export type ReasonId = keyof typeof REASONS;
export type ReasonValue = string | number;

/** Why something did not work: one sentence, as a name with what is particular about this case. */
export interface Reason {
  id: ReasonId;
  params: Readonly<Record<string, ReasonValue>>;
}

type NameOf<Place extends string> = Place extends `${infer Name}:${string}` ? Name : Place;
type NamesIn<Text extends string> = Text extends `${string}{${infer Place}}${infer Rest}`
  ? NameOf<Place> | NamesIn<Rest>
  : never;
type ParamsOf<Id extends ReasonId> = [NamesIn<(typeof REASONS)[Id]>] extends [never]
  ? []
  : [params: Record<NamesIn<(typeof REASONS)[Id]>, ReasonValue>];

/** A reason with all values that its sentence has. */
export const because = <Id extends ReasonId>(id: Id, ...[params]: ParamsOf<Id>): Reason => ({
  id,
  params: params ?? {},
});

const PLACES = /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g;

/** The reasons in English, a sentence each. */
export const inEnglish = (reasons: readonly Reason[]): string =>
  reasons
    .map(({ id, params }) =>
      REASONS[id].replace(PLACES, (_, name: string, one?: string, more?: string) =>
        one === undefined ? valueIn(name, params[name] ?? '') : String(params[name] === 1 ? one : more),
      ),
    )
    .join(' ');

function valueIn(name: string, value: ReasonValue): string {
  if (typeof value !== 'number') return value;
  if (name.endsWith('S')) return duration(value);
  if (name.endsWith('At')) return moment(value);
  if (name.endsWith('Bytes')) return megabytes(value);
  return String(value);
}

/** `12 hours`, `90 minutes`, `20 seconds` */
function duration(seconds: number): string {
  const [exact, unit] =
    seconds >= 7200 ? [seconds / 3600, 'hour'] : seconds >= 120 ? [seconds / 60, 'minute'] : [seconds, 'second'];
  const value = Number(exact.toFixed(1));
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}

/** `0:04.2`, `1:02:03`: to the thousandth where there is one */
function moment(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1000];
  const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `4.2 MB`, `160 MB` */
export const megabytes = (bytes: number): string =>
  bytes < 10_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;

/** What is kept or sent of an error that people see: its reasons, or a sentence where there are none (also of older rows). */
export type Stated = string;

export const state = (...reasons: readonly Reason[]): Stated => JSON.stringify(reasons);

/** What {@link state} kept. */
export function told(stated: Stated): { text: string; reasons: Reason[] } {
  if (!stated.startsWith('[{')) return { text: stated, reasons: [] };
  try {
    const reasons = (JSON.parse(stated) as Reason[]).filter(({ id }) => id in REASONS);
    return { text: inEnglish(reasons), reasons };
  } catch {
    return { text: stated, reasons: [] };
  }
}

/** For an error that says again what was kept of another. */
export function unstated(stated: Stated): string | Reason[] {
  const { text, reasons } = told(stated);
  return reasons.length > 0 ? reasons : text;
}
