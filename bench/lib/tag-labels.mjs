/**
 * What may rightly be said of the sounds in `dev.csv`, by how their file names begin; the longest beginning counts. A tag
 * is right when it is in the list. Written by hand from the names before tags were looked at, and never trained on.
 */
const RIGHT = {
  ambi_choir: 'choir singing vocal pad ambient',
  ambi_dark_woosh: 'whoosh ambient riser',
  ambi_swoosh: 'whoosh ambient',
  ambi_drone: 'drone ambient pad hum synth',
  ambi_glass: 'glass drone ambient hum pad',
  ambi_haunted_hum: 'hum drone ambient pad',
  ambi_lunar_land: 'ambient drone pad synth',
  ambi_piano: 'piano ambient',
  ambi_sauna: 'ambient drone water noise',
  ambi_soft_buzz: 'hum noise drone ambient',
  arovane_beat: 'drum_loop electronic_music music glitch hip_hop',
  bass: 'synth_bass bass synth',
  bass_voxy: 'synth_bass bass synth vocal singing',
  bd: 'kick',
  drum_bass: 'kick',
  drum_heavy_kick: 'kick',
  elec_hollow_kick: 'kick',
  elec_soft_kick: 'kick',
  drum_cowbell: 'cowbell',
  drum_cymbal: 'cymbal',
  drum_cymbal_closed: 'hi-hat cymbal',
  drum_cymbal_pedal: 'hi-hat cymbal',
  drum_cymbal_open: 'hi-hat cymbal',
  drum_roll: 'drum_roll snare',
  drum_snare: 'snare',
  drum_splash: 'cymbal',
  drum_tom: 'tom',
  elec_beep: 'beep synth',
  elec_bell: 'bell chime synth',
  elec_blip: 'beep click pop synth game_sound glitch',
  elec_blup: 'beep click pop bubbles synth game_sound glitch',
  elec_plip: 'beep click pop synth game_sound glitch',
  elec_twip: 'beep click pop synth game_sound glitch',
  elec_ping: 'beep bell chime synth game_sound',
  elec_pop: 'pop click',
  elec_tick: 'click clock',
  elec_flip: 'click glitch synth game_sound beep',
  elec_bong: 'bell gong synth tom',
  elec_chime: 'chime bell',
  elec_cymbal: 'cymbal hi-hat',
  elec_filt_snare: 'snare',
  elec_hi_snare: 'snare',
  elec_lo_snare: 'snare',
  elec_mid_snare: 'snare',
  elec_snare: 'snare',
  elec_fuzz_tom: 'tom',
  elec_triangle: 'triangle bell chime',
  elec_twang: 'synth guitar synth_bass glitch',
  elec_wood: 'wood_block rimshot wood',
  glitch_bass: 'synth_bass bass synth glitch',
  glitch_perc: 'glitch drum_loop',
  glitch_robot: 'robot_voice glitch',
  guit: 'guitar',
  hat: 'hi-hat cymbal',
  hat_cab: 'hi-hat cymbal shaker',
  loop: 'drum_loop electronic_music music hip_hop',
  loop_3d_printer: 'printer drum_loop glitch',
  loop_drone: 'drone ambient pad synth hum',
  loop_garzul: 'drum_loop electronic_music music synth synth_bass arpeggio',
  loop_perc: 'drum_loop hand_drum shaker',
  loop_safari: 'drum_loop hand_drum music',
  loop_tabla: 'drum_loop tabla hand_drum',
  mehackit_phone: 'phone beep',
  mehackit_robot: 'robot_voice speech glitch',
  misc_burp: 'burp',
  misc_cineboom: 'explosion impact',
  misc_crow: 'crow birds',
  perc_bell: 'bell chime triangle',
  perc_door: 'door',
  perc_impact: 'impact explosion',
  perc_snap: 'finger_snap clap click',
  perc_sw: 'whoosh',
  perc_till: 'cash_register bell',
  ride: 'cymbal',
  sn: 'snare',
  tabla: 'tabla hand_drum',
  vinyl: 'vinyl scratch',
  vinyl_hiss: 'vinyl noise',
};

const beginnings = Object.keys(RIGHT).sort((a, b) => b.length - a.length);

/**
 * The tags that are right for a file of `dev/`, or null for one that says nothing.
 * @param {string} file
 * @returns {Set<string> | null}
 */
export function rightTags(file) {
  const stem = file.replace(/^.*\//, '');
  const beginning = beginnings.find((start) => stem.startsWith(start));
  if (beginning === undefined) return null;
  return new Set(RIGHT[beginning].split(' ').map((name) => name.replaceAll('_', ' ')));
}
